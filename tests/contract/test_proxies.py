"""Whose word an answer is: a page or a proxy's name gives an intermediary away, an echo of the request does not."""

import json

import pytest

from studio.contract.proxies import PRODUCTS, is_from_proxy


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>403 Forbidden</body></html>",
        "\n <!DOCTYPE html>",
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    ],
)
def test_a_page_is_not_the_apis_word(page):
    assert is_from_proxy(page, is_json=False)
    assert is_from_proxy("We will be back soon.", is_json=False, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_proxys_product_is_known_in_text_in_json_and_by_the_server_header(product):
    named = product.title()
    assert is_from_proxy(f"403 from {named}/1.2", is_json=False)
    assert is_from_proxy(json.dumps({"error": f"403 Forbidden - {named}"}), is_json=True)
    assert is_from_proxy(json.dumps({f"{product}_error": True}), is_json=True)
    assert is_from_proxy("", is_json=False, server=named)


def test_json_behind_a_proxy_that_signs_every_answer_is_the_apis_word():
    assert not is_from_proxy('{"error": "No"}', is_json=True, server="cloudflare", content_type="text/html")


def test_an_echo_of_the_request_is_no_proxys_name():
    said = '{"error": "The prompt “an envoy meets a squid” is not allowed"}'
    assert not is_from_proxy(said, is_json=True, sent='{"prompt": "An Envoy meets a squid"}')
    assert is_from_proxy(said, is_json=True, sent='{"prompt": "an envoy"}')


@pytest.mark.parametrize(
    "said",
    [
        '{"error": "The image at https://d1.cloudfront.net/a.png cannot be read"}',
        '{"error": "Kongsberg is not a place that we show"}',
        '{"error": "blocked by our content policy"}',
    ],
)
def test_an_address_or_a_longer_word_names_no_product(said):
    assert not is_from_proxy(said, is_json=True)


def test_plain_words_and_an_empty_body_are_the_apis():
    assert not is_from_proxy("Prompt is too long", is_json=False, content_type="text/plain")
    assert not is_from_proxy("", is_json=False, content_type="text/html")
