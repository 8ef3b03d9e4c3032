"""The vendors' specifications as two questions: what speaks against sending this body?"""

from tests.contract.discord_spec import discord_problems
from tests.contract.slack_spec import slack_problems

__all__ = ["discord_problems", "slack_problems"]
