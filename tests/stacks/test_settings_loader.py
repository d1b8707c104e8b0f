from pathlib import Path

import pytest

from stacks.settings_loader import PROJECT, SettingsError, load


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "dev.toml").write_text('resource_group = "from-toml"\nlocation = "westus"\nvnet_name = "from-toml"\n')
    (folder / "prod.toml").write_text('resource_group = "prod"\n')
    return tmp_path


def problems(project: Path) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(project)
    return str(refused.value).splitlines()


def test_environment_over_dotenv_over_toml_over_defaults(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".env").write_text("AZ_RESOURCE_GROUP=from-dotenv\nAZ_LOCATION=northeurope\n")
    monkeypatch.setenv("AZ_RESOURCE_GROUP", "from-environment")
    settings = load(project).settings
    assert settings.resource_group == "from-environment"
    assert settings.location == "northeurope"
    assert settings.vnet_name == "from-toml"
    assert settings.pod_subnet_name == "pods"


def test_the_walkthroughs_env_sh_works_as_it_is(project: Path) -> None:
    (project / ".env").write_text("""
export AZ_RESOURCE_GROUP="aks-azcni-dynamic-rg"
export AZ_LOCATION="westus2"
export AZ_AKS_CLUSTER_NAME="my-cluster"
export AZ_AKS_IDENTITY_NAME="${AZ_AKS_CLUSTER_NAME}-identity"
export AZ_VNET_NAME="my-vnet"
export AZ_VNET_RANGE="10.0.0.0/8"
export AZ_POD_SUBNET_NAME="pod-subnet"
export AZ_POD_SUBNET_RANGE="10.242.0.0/16"
export AZ_NODE_SUBNET_NAME="node-subnet"
export AZ_NODE_SUBNET_RANGE="10.243.0.0/16"
export AZ_VM_SIZE="Standard_DS2_v2"
export AZ_NET_PLUGIN="azure"
export AZ_NET_POLICY="calico"
""")
    loaded = load(project)
    assert loaded.settings.aks_identity_name == "my-cluster-identity"
    assert str(loaded.settings.vnet_range) == "10.0.0.0/8"
    assert loaded.warnings == ()


def test_another_environment_reads_another_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_ENVIRONMENT", "prod")
    loaded = load(project)
    assert (loaded.settings.environment, loaded.settings.resource_group) == ("prod", "prod")


def test_the_environment_may_be_named_in_dotenv(project: Path) -> None:
    (project / ".env").write_text("AZ_ENVIRONMENT=prod\n")
    assert load(project).settings.environment == "prod"


def test_an_empty_variable_is_not_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_LOCATION", "")
    assert load(project).settings.location == "westus"


def test_an_unknown_environment_is_refused_with_those_there_are(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_ENVIRONMENT", "prdo")
    assert problems(project) == ["AZ_ENVIRONMENT: there is no environments/prdo.toml: use dev or prod"]


def test_a_path_is_not_an_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_ENVIRONMENT", "../environments/dev")
    assert problems(project)[0].startswith("AZ_ENVIRONMENT: there is no environments/")


def test_toml_that_is_not_toml_is_refused_with_its_place(project: Path) -> None:
    (project / "environments" / "dev.toml").write_text("a = 1\nb =\n")
    (line,) = problems(project)
    assert line.startswith("environments/dev.toml: not valid TOML: ")
    assert "line 2" in line


def test_toml_of_another_editor_can_be_read(project: Path) -> None:
    (project / "environments" / "dev.toml").write_text('resource_group = "with-a-bom"\n', encoding="utf-8-sig")
    assert load(project).settings.resource_group == "with-a-bom"


def test_a_dotenv_that_cannot_be_read_is_refused_with_its_lines(project: Path) -> None:
    (project / ".env").write_text('AZ_VM_SIZE="Standard_D4\nno variable\nAZ_LOCATION=westus\n')
    assert [line.partition(":")[0] for line in problems(project)] == [".env, line 1", ".env, line 2"]
    (project / ".env").write_text("AZ_LOCATION=westus\n", encoding="utf-16")
    (line,) = problems(project)
    assert line.startswith(".env: cannot be read: ")
    assert line.endswith("write a text file in UTF-8")


def test_a_variable_in_lower_case_counts_for_all_settings_alike(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("az_environment", "prod")
    monkeypatch.setenv("az_location", "westus3")
    settings = load(project).settings
    assert (settings.environment, settings.resource_group, settings.location) == ("prod", "prod", "westus3")


def test_a_project_without_environments_is_told_to_make_one(project: Path) -> None:
    for file in (project / "environments").iterdir():
        file.unlink()
    assert problems(project) == ["AZ_ENVIRONMENT: there is no environments/dev.toml: write one; an empty file will do"]


def test_unknown_keys_are_refused_with_what_may_be_meant(project: Path) -> None:
    (project / "environments" / "dev.toml").write_text('vnet_rage = "10.0.0.0/8"\nunheard_of = 1\nAZ_VM_SIZE = "q"\n')
    assert problems(project) == [
        "environments/dev.toml: vnet_rage is not a setting; did you mean vnet_range?",
        "environments/dev.toml: unheard_of is not a setting",
        "environments/dev.toml: AZ_VM_SIZE is not a setting; did you mean vm_size?",
    ]


def test_a_problem_names_the_setting_as_the_user_wrote_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "environments" / "dev.toml").write_text('vnet_range = "x"\nmax_pods = 5\n')
    monkeypatch.setenv("AZ_MAX_PODS", "6")
    by_file, by_variable = problems(project)
    assert by_file.startswith("AZ_VNET_RANGE (vnet_range in environments/dev.toml): 'x' is not an IPv4 range")
    assert by_variable.startswith("AZ_MAX_PODS: '6'")


def test_problems_of_all_kinds_come_together(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "environments" / "dev.toml").write_text("unheard_of = 1\n")
    monkeypatch.setenv("AZ_NODE_COUNT", "none")
    monkeypatch.setenv("AZ_POD_SUBNET_RANGE", "10.1.0.0/16")
    assert len(problems(project)) == 3


def test_what_may_be_a_misspelt_variable_is_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_POD_SUBNET_RAGE", "10.242.0.0/16")
    (project / ".env").write_text("AZ_LOCATON=westus\n")
    assert load(project).warnings == (
        "AZ_LOCATON is not a setting and is left alone; did you mean AZ_LOCATION?",
        "AZ_POD_SUBNET_RAGE is not a setting and is left alone; did you mean AZ_POD_SUBNET_RANGE?",
    )


def test_other_projects_variables_are_none_of_our_business(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_DNS_DOMAIN", "example.com")
    monkeypatch.setenv("AZURE_CLIENT_ID", "x")
    assert load(project).warnings == ()


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({"AZ_PROTECT_RESOURCE_GROUP": "false"}, "AZ_PROTECT_RESOURCE_GROUP: destroy deletes the resource group"),
        ({"AZ_ENVIRONMENT": "prod"}, "AZ_STATE_BACKEND: state lies in files on this machine"),
        ({"AZ_POD_SUBNET_RANGE": "10.242.0.0/21", "AZ_NODE_COUNT": "5"}, "AZ_POD_SUBNET_RANGE: 10.242.0.0/21 cannot"),
    ],
)
def test_what_is_legal_and_risky_is_a_warning(
    project: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], warned: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (warning,) = load(project).warnings
    assert warning.startswith(warned)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_environments_that_are_shipped_can_be_used(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZ_ENVIRONMENT", environment)
    assert load(PROJECT).settings.tags["environment"] == environment
