import os
from pathlib import Path

from migration_guide.kit.audit.files import find


def test_what_others_wrote_is_left_out(tmp_path: Path) -> None:
    for name in (
        "app/views.py",
        "app/templates/a.html",
        "requirements/base.txt",
        "notes.txt",
        "Procfile",
        "node_modules/a.py",
        "env/pyvenv.cfg",
        "env/lib/a.py",
        "a.egg-info/b.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "dangling.py").symlink_to("nowhere.py")
    files = find(tmp_path)
    found = {
        kind: [path.relative_to(tmp_path).as_posix() for path in paths]
        for kind, paths in (
            ("python", files.python),
            ("templates", files.templates),
            ("texts", files.texts),
        )
    }
    assert found == {
        "python": ["app/views.py"],
        "templates": ["app/templates/a.html"],
        "texts": ["Procfile", "requirements/base.txt"],
    }


def test_pipelines_and_clusters_are_read_and_pipes_are_not(tmp_path: Path) -> None:
    names = [".github/workflows/test.yml", ".gitlab-ci.yml", "k8s/web.yaml"]
    for name in (*names, "notes.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    os.mkfifo(tmp_path / "pipe.py")
    files = find(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in files.texts] == [
        *(name for name in names if "/" not in name),
        *(name for name in names if "/" in name),
    ]
    assert files.python == []


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "app.py").write_text("")
    (tree / "again.py").symlink_to("app.py")
    (tree / "secret.py").symlink_to("../elsewhere.py")
    assert [path.name for path in find(tree).python] == ["again.py", "app.py"]


def test_a_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    assert find(tmp_path / "a.py").python == [tmp_path / "a.py"]
