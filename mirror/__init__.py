"""A mirror of Clever Cloud's API: what the platform answers, from its public sources, on the loopback interface.

It knows nothing of the relay and the relay nothing of it, so that a mistake in reading the facts has to be made twice to
stay unseen. ``world`` is what there is and what happens, ``http`` how it is asked, ``answers`` what is answered, ``warp10``
the time series, ``posting`` the notifications that leave. What no source tells is a setting in `world.quirks`.
"""
