"""Warp 10, as far as scripts about an application's metrics need it: a stack machine over series of samples.

Words mean what the reference of WarpScript says (https://www.warp10.io/doc/reference); a word that is not here is an error,
as an unknown one is there. The samples are those of `world.samples`, one series an instance.
"""
