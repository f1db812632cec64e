"""What every scene is drawn with: planes, palettes, light, titles, and the choice of a scene by the prompt."""
