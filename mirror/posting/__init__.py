"""The notifications that leave: when each is sent, in which form, and what becomes of the hook that it is for."""
