"""Cases of the rules about tests."""

NOT_IN_TESTS: dict[str, list[str]] = {
    "test-response-body": [
        "def test_it(client):\n    assert client.get('/').status_code == 200",
        "import requests\n\ndef test_it():\n    assert requests.get('/').json()",
        "def test_it(form):\n    assert form.data",
    ],
    "sync-test": [
        "def test_it():\n    assert 1",
        "async def test_it(client):\n    await client.get('/')",
    ],
    "test-client-form-data": [
        "def test_it(client):\n    client.post('/', data='raw')",
        "def test_it(client):\n    client.post('/', json={'a': 1})",
        "import requests\n\ndef test_it():\n    requests.post('/', data={'a': 1})",
    ],
    "test-client-argument": [
        "def test_it(client):\n    client.post('/', data='raw', headers={'a': 'b'})",
        "import requests\n\ndef test_it():\n    requests.post('/', content_type='a')",
    ],
    "test-client-without-await": [
        "async def test_it(client):\n    await client.get('/')",
        "def test_it():\n    assert {}.get('/') is None",
        "import requests\n\ndef test_it():\n    requests.get('/')",
    ],
}

IN_TESTS: dict[str, list[str]] = {
    "test-response-body": [
        "def test_it(client):\n    response = client.get('/')\n    assert response.json == 1  # found",
        "def test_it(client, verb):\n    ask = getattr(client, verb.lower())\n"
        "    assert ask('/').json == 1  # found",
        "def test_it(client):\n    assert client.get('/').get_data() == b''  # found",
    ],
    "sync-test": ["def test_it(client):  # found\n    assert client.get('/')"],
    "test-client-form-data": [
        "def test_it(client):\n    client.post('/', data={'a': 1})  # found",
        "def test_it(client):\n    client.post('/', data=dict(a=1))  # found",
    ],
    "test-client-argument": [
        "def test_it(client):\n    client.post('/', content_type='a/b', base_url='c')  # found",
        "def test_it(app):\n    with app.test_request_context('/', environ_base={}): ...  # found",
    ],
    "test-client-without-await": [
        "def test_it(client):\n    assert client.get('/')  # found",
        "def test_it():\n    with app.test_client() as c:\n        c.post('/')  # found",
        "import unittest\n\nclass T(unittest.TestCase):\n    def setUp(self):\n"
        "        self.client = app.test_client()\n\n    def test_it(self):\n"
        "        self.client.get('/')  # found",
    ],
}
