# Takes the C++ out of a page of docs/: the program with a main becomes quick_start.cpp, every other snippet a function of
# snippets.cpp, where the names that the page uses throughout stand for something. Run it with -v folder=...
BEGIN {
    program = folder "/quick_start.cpp"
    others = folder "/snippets.cpp"
    print "#include <filesystem>\n#include <iostream>\n#include <span>\n#include <thread>\n\n#include \"primer.hpp\"\n" > others
}
/^```cpp$/ { inside = 1; code = ""; next }
/^```$/ && inside {
    inside = 0
    if (code ~ /int main\(/) {
        programs++
        printf "%s", code > program
    } else {
        snippets++
        printf "[[maybe_unused]] static void snippet_%d(const primer::Model &model, const primer::Adapter &adapter, const primer::Dataset &train,\n" \
               "    const primer::Dataset &dev, primer::Tagger &tagger, std::string_view text) {\n%s}\n\n", snippets, code > others
    }
    next
}
inside { code = code $0 "\n" }
END {
    print "int main() {}" > others
    exit programs != 1 || snippets < 4
}
