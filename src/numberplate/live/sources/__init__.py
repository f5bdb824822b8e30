"""Where frames come from: folders, recordings, cameras."""
