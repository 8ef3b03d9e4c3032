"""Charts: what is shown of a metric (``curves``), where it stands (``charts``), and as a PNG (``pictures``).

The rule: what was not measured is drawn as a gap. The pages write a chart as SVG; a message needs a picture, which is
drawn here with nothing but the standard library (docs/decisions/0011-own-pictures.md).
"""
