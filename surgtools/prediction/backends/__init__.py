"""Where networks run. A backend maps a batch of arrays to raw outputs; nothing more."""
