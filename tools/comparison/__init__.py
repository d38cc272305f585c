"""Measures sluice, the floor and the peers in turn, and shows what came of it."""
