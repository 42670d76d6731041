"""The words of fields that say how values are meant to be shown."""

DISPLAY_NAME = "The name to show to people."
UNIT = "The unit of its values, such as seconds or EUR; null if there is none."
FORMAT = "How its values are meant to be shown."
