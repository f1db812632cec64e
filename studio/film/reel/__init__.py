"""The child's side: everything that touches pixels, samples and the video library. The parent never imports it."""
