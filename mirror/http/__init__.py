"""How the mirror is asked: requests, who sends them, which answer a path has, and what may go wrong on the way."""
