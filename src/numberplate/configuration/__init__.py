"""The file of an installation, `numberplate.toml`: what may stand in it, and what is wrong with one.

Needs the extra `actions`.
"""

from numberplate.configuration.action import Action, Command, Email, File, MqttMessage, Webhook, When
from numberplate.configuration.camera import Camera
from numberplate.configuration.loading import ConfigurationError, Problem, load_configuration
from numberplate.configuration.mail import Mail
from numberplate.configuration.mqtt import Mqtt
from numberplate.configuration.retention import KeepFor
from numberplate.configuration.root import Configuration
from numberplate.configuration.watch_list import ListedPlates

__all__ = [
    "Action",
    "Camera",
    "Command",
    "Configuration",
    "ConfigurationError",
    "Email",
    "File",
    "KeepFor",
    "ListedPlates",
    "Mail",
    "Mqtt",
    "MqttMessage",
    "Problem",
    "Webhook",
    "When",
    "load_configuration",
]
