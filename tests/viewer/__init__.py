"""The chat viewer: it answers as Slack and Discord do, and shows no message as anything but text."""
