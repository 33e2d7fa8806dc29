"""Django's admin with one list and two actions: a loop, and update + bulk_create. `python django_site.py PORT`, PEER_URL."""

import os
import sys
import types
from datetime import datetime
from urllib.parse import urlsplit

import django
from counting import Counting
from django.conf import settings

url = os.environ["PEER_URL"]
if url.startswith("sqlite"):
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///")}
else:
    parts = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "HOST": parts.hostname,
        "PORT": parts.port, "USER": parts.username, "PASSWORD": parts.password or "",
        "OPTIONS": {"options": "-csearch_path=peer"},
    }  # fmt: skip
work = types.ModuleType("work")  # an application without a package of its own
work.__path__ = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "work")]
sys.modules["work"] = work
settings.configure(
    DEBUG=False, SECRET_KEY="benchmark" * 6, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=False,
    DATABASES={"default": {**database, "CONN_MAX_AGE": None}}, STATIC_URL="/static/",
    DATA_UPLOAD_MAX_NUMBER_FIELDS=None, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages", "work"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request",
                                                   "django.contrib.auth.context_processors.auth",
                                                   "django.contrib.messages.context_processors.messages"]}}],
)  # fmt: skip
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import models, transaction
from django.db.backends.signals import connection_created
from django.urls import path
from waitress import serve


class Employer(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label, managed, db_table = "work", False, "employer"

    def __str__(self):
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=50)
    sex = models.CharField(max_length=1)
    doc_no = models.CharField(max_length=40)

    class Meta:
        app_label, managed, db_table = "work", False, "person"


class Application(models.Model):
    no = models.CharField(max_length=60)
    person = models.ForeignKey(Person, models.PROTECT)
    employer = models.ForeignKey(Employer, models.PROTECT)
    person_name = models.CharField(max_length=50)
    doc_digest = models.CharField(max_length=64)
    service_name = models.CharField(max_length=60)
    service_phone = models.CharField(max_length=40)
    category = models.CharField(max_length=40)
    stage = models.CharField(max_length=40)
    is_ready = models.BooleanField()
    lock = models.IntegerField()
    submitted_at = models.DateTimeField()
    entered_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "work", False, "application"


class Log(models.Model):
    application_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label, abstract = "work", True


class Review(Log):
    actor = models.CharField(max_length=64)
    stage = models.CharField(max_length=40)
    verdict = models.CharField(max_length=12)
    lock_seen = models.IntegerField()

    class Meta:
        app_label, managed, db_table = "work", False, "review"


class AuditEvent(Log):
    actor = models.CharField(max_length=64)
    event = models.CharField(max_length=40)
    payload = models.TextField()

    class Meta:
        app_label, managed, db_table = "work", False, "audit_event"


class Notification(Log):
    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)

    class Meta:
        app_label, managed, db_table = "work", False, "notification"


def beside(case, now):
    """What is written beside a case that moves."""
    return (
        Review(application_id=case.id, actor="admin", stage="employer", verdict="approve",
               lock_seen=case.lock, at=now),
        AuditEvent(application_id=case.id, actor="admin", event="approve", payload="{}", at=now),
        Notification(application_id=case.id, person_id=case.person_id, kind="approved", at=now),
    )  # fmt: skip


@admin.action(description="Approve in a loop")
def loop(_admin, _request, queryset):
    """The naive loop, in one transaction."""
    now = datetime.now()
    with transaction.atomic():
        for case in queryset:
            for row in beside(case, now):
                row.save()
            case.stage, case.entered_at, case.lock = "county", now, case.lock + 1
            case.save()


@admin.action(description="Approve in bulk")
def bulk(_admin, _request, queryset):
    """`bulk_create` and `update`, in one transaction."""
    now = datetime.now()
    with transaction.atomic():
        cases = list(
            queryset.select_for_update()
            if transaction.get_connection().features.has_select_for_update
            else queryset
        )
        rows = [beside(case, now) for case in cases]
        for model, made in zip((Review, AuditEvent, Notification), zip(*rows, strict=True), strict=True):
            model.objects.bulk_create(made)
        queryset.update(stage="county", entered_at=now, lock=models.F("lock") + 1)


@admin.register(Application)
class ApplicationAdmin(admin.ModelAdmin):
    list_display = ["no", "person_name", "sex", "doc_no", "employer", "service_name", "service_phone",
                    "category", "submitted_at"]  # fmt: skip
    list_select_related = ["person", "employer"]
    list_per_page = 25
    search_fields = ["^person_name", "=doc_digest"]
    ordering = ["entered_at"]
    actions = [loop, bulk]

    def get_queryset(self, request):
        """The desk."""
        return super().get_queryset(request).filter(stage="employer", is_ready=True)

    def sex(self, case):
        """The person's."""
        return case.person.sex

    def doc_no(self, case):
        """The person's."""
        return case.person.doc_no


urlpatterns = [path("admin/", admin.site.urls)]
counting = Counting(get_wsgi_application())


def watched(connection, **_rest):
    """Count what goes over a connection."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA journal_mode=WAL")

    def execute(run, sql, params, many, context):
        counting.count(sql)
        return run(sql, params, many, context)

    connection.execute_wrappers.append(execute)


connection_created.connect(watched)
call_command("migrate", verbosity=0)
if not User.objects.exists():
    User.objects.create_superuser("admin", "admin@example.org", "Demo-pass-2026")
serve(counting, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
