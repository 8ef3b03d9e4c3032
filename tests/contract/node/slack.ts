import type { KnownBlock, MessageAttachment } from "@slack/types";

/** An attachment whose blocks are all known: the package also allows any object with a type. */
export interface StrictAttachment extends Omit<MessageAttachment, "blocks"> {
  blocks?: KnownBlock[];
}

/** What an incoming webhook takes. */
export interface WebhookMessage {
  text?: string;
  blocks?: KnownBlock[];
  attachments?: StrictAttachment[];
  unfurl_links?: boolean;
  unfurl_media?: boolean;
  thread_ts?: string;
  response_type?: string;
  replace_original?: boolean;
}

/** What chat.postMessage and chat.update take. */
export interface ApiMessage extends WebhookMessage {
  channel: string;
  ts?: string;
  reply_broadcast?: boolean;
}
