"""Cellar, or any S3-compatible store, through one boto3 client for the whole process."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from gameshelf_api.settings import S3Settings
from gameshelf_api.storage import MAX_IMAGES, StorageError, StoredImage

T = TypeVar("T")

# S3-compatible stores know neither the newer default checksums nor, always, a host name per bucket.
# Two short attempts: a request that waits for a dead store holds one of the server's few threads.
CONFIG = Config(
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
    connect_timeout=2,
    read_timeout=5,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=8,
)


class S3Store:
    """One bucket of the store."""

    def __init__(self, settings: S3Settings, bucket: str) -> None:
        self._bucket = bucket
        self._client = boto3.client(
            "s3",
            endpoint_url=settings.endpoint,
            aws_access_key_id=settings.key_id,
            aws_secret_access_key=settings.key_secret,
            # Stores that are not AWS ignore the region, but the signature needs one.
            region_name="us-east-1",
            config=CONFIG,
        )

    def check(self) -> None:
        """Raise StorageError when the bucket does not answer."""
        _told(lambda: self._client.head_bucket(Bucket=self._bucket))

    def images(self, prefix: str) -> Sequence[StoredImage]:
        """Return the images whose key starts with ``prefix``, by key: S3 lists in that order."""
        listed = _told(
            lambda: self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=MAX_IMAGES)
        )
        return [StoredImage(item["Key"], item["Size"]) for item in listed.get("Contents", [])]

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Keep an image under ``key``."""
        _told(
            lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _told(call: Callable[[], T]) -> T:
    """Return what ``call`` returns, telling its troubles in our terms."""
    try:
        return call()
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "unknown")
        raise StorageError(f"S3: status {status}") from error
    except BotoCoreError as error:
        raise StorageError(f"S3: {type(error).__name__}") from error
