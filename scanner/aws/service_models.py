"""The models of the services that are asked, found without a look at all that botocore has."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import botocore.session
from botocore.loaders import Loader, create_loader


class AskedServices(Loader):
    """A loader that takes the services it was told of for all there are, until another one is asked for.

    botocore's own lists the folders of hundreds of services, twice, to find out whether one exists before its model is
    read. One of these without a model is found out when it is read.
    """

    def __init__(self, services: Collection[str], folders: Sequence[str]) -> None:
        super().__init__(extra_search_paths=list(folders), include_default_search_paths=False)
        self._services = sorted(services)
        self._are_enough = True

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Mapping[str, Any]:
        """The model of a service; raises what botocore raises where there is none."""
        self._are_enough = self._are_enough and service_name in self._services
        model: Mapping[str, Any] = super().load_service_model(service_name, type_name, api_version)
        return model

    def list_available_services(self, type_name: str) -> list[str]:
        """The services that are asked, whatever the kind of model; all once it takes more."""
        return self._services if self._are_enough else super().list_available_services(type_name)


def know_at_once(services: Collection[str], session: botocore.session.Session) -> None:
    """Let a session know the given services without a search. Models are read from the same folders as ever."""
    folders = create_loader(session.get_config_variable("data_path")).search_paths
    session.register_component("data_loader", AskedServices(services, folders))
