"""Lifecycle: facts, parameters and the time give the stage, its reasons, the scores and the next change. Pure."""
