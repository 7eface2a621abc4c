"""Settings, as small as they can be."""

SECRET_KEY = "example-key-of-this-sample"
ALLOWED_HOSTS = ["sms.example.org", "testserver"]
INSTALLED_APPS = ["django.contrib.contenttypes", "host"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "host.urls"
USE_TZ = True
CELERY_TASK_ALWAYS_EAGER = True
