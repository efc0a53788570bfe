"""Actions, who may call them, and what they share."""
