// The official client asks the mirror and prints what it made of the answers, as one JSON object.
import { addOauthHeader } from "@clevercloud/client/esm/oauth.js";
import { prefixUrl } from "@clevercloud/client/esm/prefix-url.js";
import { request } from "@clevercloud/client/esm/request.fetch.js";
import { execWarpscript } from "@clevercloud/client/esm/request-warp10.fetch.js";
import { ApplicationAccessLogStream } from "@clevercloud/client/esm/streams/access-logs.js";
import { getStatus } from "@clevercloud/client/esm/utils/app-status.js";
import * as addons from "@clevercloud/client/esm/api/v2/addon.js";
import * as applications from "@clevercloud/client/esm/api/v2/application.js";
import * as deploymentsV4 from "@clevercloud/client/esm/api/v4/deployments.js";
import * as instancesV4 from "@clevercloud/client/esm/api/v4/instance.js";
import * as metrics from "@clevercloud/client/esm/api/v2/metrics.js";
import * as notifications from "@clevercloud/client/esm/api/v2/notification.js";
import * as organisations from "@clevercloud/client/esm/api/v2/organisation.js";
import * as stats from "@clevercloud/client/esm/api/v4/stats.js";

const { url, tokens, ownerId, appId, addonId, since, until } = JSON.parse(process.argv[2]);
const send = (asked) => asked.then(prefixUrl(url)).then(addOauthHeader(tokens)).then(request);

async function streamed() {
  const options = { apiHost: url, tokens, ownerId, appId, since: new Date(since), until: new Date(until) };
  const retryConfiguration = { enabled: true, initRetryTimeout: 10, maxRetryCount: 3 };
  const stream = new ApplicationAccessLogStream({ ...options, retryConfiguration });
  const logs = [];
  let errors = 0;
  stream.onLog((log) => logs.push({ ...log, isDate: log.date instanceof Date }));
  stream.on("error", () => errors++);
  const reason = await stream.start();
  return { reason, logs, errors };
}

async function warped() {
  const token = await send(metrics.getToken({ orgaId: ownerId }));
  const ask = (body) => execWarpscript({ method: "post", url: `${url}/api/v0/exec`, body });
  const fetched = `[ '${token.replaceAll('"', "")}' 'cpu.usage_idle' { 'app_id' '${appId}' } NOW 10 m ] FETCH`;
  const failed = await ask("'x' MYSTERY").catch((error) => error.message);
  return { fetched: await ask(fetched), failed };
}

const app = await send(applications.get({ id: ownerId, appId }));
const deployments = await send(applications.getAllDeployments({ id: ownerId, appId, limit: 5 }));
const instances = await send(applications.getAllInstances({ id: ownerId, appId }));
const mail = { name: "night", notified: [{ type: "email", target: "a@example.org" }] };
await send(notifications.createEmailhook({ ownerId }, mail));
const missing = await send(applications.get({ id: ownerId, appId: "app_none" })).catch((error) => ({
  id: error.id,
  message: error.message,
  status: error.response.status,
}));

console.log(
  JSON.stringify({
    status: getStatus(app, deployments, instances),
    missing,
    ofOrganisation: await send(organisations.getAllDeployments({ id: ownerId, limit: 2 })),
    deploymentsV4: await send(deploymentsV4.listApplicationDeployments({ ownerId, applicationId: appId })),
    instancesV4: await send(instancesV4.getAllApplicationInstances({ ownerId, applicationId: appId })),
    addonInstances: await send(addons.getAllInstances({ id: ownerId, addonId })),
    events: await send(notifications.getAvailableEvents()),
    formats: await send(notifications.getWebhookFormats()),
    emailhooks: await send(notifications.getEmailhooks({ ownerId })),
    heatmap: await send(stats.fetchHeatmapPoints({ ownerId, application: appId })),
    warp10: await warped(),
    accessLogs: await streamed(),
  }),
);
