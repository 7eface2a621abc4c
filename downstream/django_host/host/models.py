"""Channels, messages and what came in."""

from __future__ import annotations

from django.db import models


class SmsChannel(models.Model):
    """A channel as people configure it; `config` is checked against the adapter's JSON Schema before it is saved."""

    id = models.SlugField(primary_key=True)
    adapter = models.SlugField()
    address = models.CharField(max_length=32, blank=True)
    country = models.CharField(max_length=2, blank=True)
    callback_secret = models.CharField(max_length=64, blank=True)
    config = models.JSONField(default=dict)


class SmsMessage(models.Model):
    """A message to send; `state` is written before and after the aggregator is asked."""

    channel = models.ForeignKey(SmsChannel, on_delete=models.CASCADE)
    to = models.CharField(max_length=32)
    text = models.TextField()
    state = models.CharField(max_length=16, default="waiting")
    status = models.CharField(max_length=16, default="queued")
    error = models.JSONField(null=True)


class SmsPart(models.Model):
    """One submission of a message, by the aggregator's id."""

    message = models.ForeignKey(SmsMessage, on_delete=models.CASCADE, related_name="parts")
    channel = models.ForeignKey(SmsChannel, on_delete=models.CASCADE)
    provider_id = models.CharField(max_length=128)


class SmsReceived(models.Model):
    """A message from a handset; what the aggregator delivers twice is stored once."""

    channel = models.ForeignKey(SmsChannel, on_delete=models.CASCADE)
    provider_id = models.CharField(max_length=128, null=True)
    sender = models.CharField(max_length=32)
    text = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint("channel", "provider_id", name="delivered_once"),)
