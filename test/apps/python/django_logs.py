"""Django with DEBUG = False, and no LOGGING."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(DEBUG=False, SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def index(request):
    return HttpResponse("here")


def broken(request):
    raise LookupError("nothing there")


urlpatterns = [path("", index), path("broken", broken)]
application = get_wsgi_application()
