"""The one pattern for the webhooks of all channels."""

from django.urls import include, path

from sms_adapters.webhooks.django import urlpatterns as webhooks

from .sms import client, handle, resolve

urlpatterns = [path("sms/", include(webhooks(client, resolve, handle)))]
