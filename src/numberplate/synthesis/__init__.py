"""Pictures of plates with truth: lettering, the flat plate, its pose, the scene, the camera, the samples."""
