// The same program as consumer.c in C++.
#include <iostream>
#include <primer.hpp>

int main(int argc, char **argv) try {
    if (argc != 3) return 2;
    const std::string_view text = "Angela Merkel wurde in Hamburg geboren.";
    const auto model = primer::Model::load(argv[1]);
    const auto adapter = primer::Adapter::load(argv[2], model);
    const auto result = primer::Tagger(model).tag_text(adapter, text);
    for (const primer::Entity &entity : result.entities())
        std::cout << entity.label_name() << ' ' << entity.in(text) << '\n';
    return 0;
} catch (const primer::Error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
