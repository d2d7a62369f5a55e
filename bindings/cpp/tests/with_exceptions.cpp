// Code with exceptions in a program that has code without (no_exceptions.cpp).
#include "primer.hpp"

static_assert(PRIMER_EXCEPTIONS == 1);

std::size_t entities_found_with_exceptions(std::string_view text);

std::size_t entities_found_with_exceptions(std::string_view text) {
    const auto model = primer::Model::load("models/primer-mini.gguf");
    const auto adapter = primer::Adapter::load("models/per-loc-org.safetensors", model);
    const auto result = primer::Tagger(model).tag_text(adapter, text);
    return result.entities().size();
}
