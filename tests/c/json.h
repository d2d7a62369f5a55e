/* A strict reader of JSON for the tests: no extension, no mercy. Nodes live until the program ends. */
#ifndef JSON_H
#define JSON_H

#include "test.h"

typedef enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

typedef struct json json;
struct json {
    json_kind kind;
    double number;
    primer_str text;  /* of a string, NUL-terminated */
    const char *name; /* of a field */
    json *first;      /* the first item of an array or field of an object */
    json *next;       /* the next one beside this */
    size_t count;     /* items or fields */
};

typedef struct {
    const char *file, *start, *at, *end;
    int depth;
} json_reader;

static inline void json_fail(const json_reader *r, const char *what) {
    int line = 1;
    for (const char *c = r->start; c < r->at; c++) line += *c == '\n';
    fprintf(stderr, "%s:%d: %s\n", r->file, line, what);
    exit(1);
}

/* Memory that stays until the program ends, and is known to leak checkers. */
static inline void *keep(size_t size) {
    static void *kept = NULL;
    void **memory = calloc(1, sizeof(void *) + size);
    CHECK(memory != NULL);
    *memory = kept;
    kept = memory;
    return memory + 1;
}

static inline void json_blanks(json_reader *r) {
    while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL && *r->at != 0) r->at++;
}

static inline int json_eat(json_reader *r, const char *token) {
    size_t len = strlen(token);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, token, len) != 0) return 0;
    r->at += len;
    return 1;
}

static inline unsigned json_hex(json_reader *r) {
    unsigned value = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *digit = NULL;
        if (r->at < r->end && *r->at != 0) digit = strchr(digits, *r->at);
        if (digit == NULL) json_fail(r, "four hexadecimal digits are expected");
        value = value * 16 + (unsigned)(digit - digits) % 16;
    }
    return value;
}

static inline char *json_utf8(char *out, unsigned c) {
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(first[more] | (c >> (6 * more)));
    while (more-- > 0) *out++ = (char)(0x80 | ((c >> (6 * more)) & 0x3F));
    return out;
}

/* A string; text that is given out is never longer than how it is written. */
static inline primer_str json_string(json_reader *r) {
    if (!json_eat(r, "\"")) json_fail(r, "a string is expected");
    const char *close = r->at;
    while (close < r->end && *close != '"') close += *close == '\\' ? 2 : 1;
    char *text = keep((size_t)(close - r->at) + 1), *out = text;
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < 0x20) json_fail(r, "a control character in a string");
        if (!json_eat(r, "\\")) {
            *out++ = *r->at++;
            continue;
        }
        static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
        const char *letter = r->at < r->end && *r->at != 0 ? strchr(letters, *r->at) : NULL;
        if (letter != NULL) {
            *out++ = meanings[letter - letters];
            r->at++;
        } else if (json_eat(r, "u")) {
            unsigned c = json_hex(r), low;
            if (c >= 0xD800 && c < 0xDC00) {
                if (!json_eat(r, "\\u") || (low = json_hex(r)) < 0xDC00 || low > 0xDFFF) json_fail(r, "half a pair");
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            } else if (c >= 0xDC00 && c < 0xE000) {
                json_fail(r, "the second half of a pair alone");
            }
            out = json_utf8(out, c);
        } else {
            json_fail(r, "an unknown escape");
        }
    }
    if (!json_eat(r, "\"")) json_fail(r, "a string without an end");
    *out = 0;
    primer_str string = {text, (size_t)(out - text)};
    return string;
}

static inline double json_number(json_reader *r) {
    char digits[64];
    size_t len = 0;
    const char *start = r->at;
    while (r->at < r->end && *r->at != 0 && strchr("+-.eE0123456789", *r->at) != NULL && len < sizeof digits - 1) {
        digits[len++] = *r->at++;
    }
    digits[len] = 0;
    char *end = NULL;
    double value = strtod(digits, &end);
    const char *unsigned_ = digits + (digits[0] == '-');
    int leading_zero = unsigned_[0] == '0' && unsigned_[1] >= '0' && unsigned_[1] <= '9';
    if (len == 0 || *end != 0 || leading_zero || unsigned_[0] < '0' || unsigned_[0] > '9' || digits[len - 1] == '.') {
        r->at = start;
        json_fail(r, "no value");
    }
    return value;
}

static inline json *json_value(json_reader *r) {
    json *node = keep(sizeof *node);
    if (++r->depth > 100) json_fail(r, "too deep");
    json_blanks(r);
    if (json_eat(r, "{") || json_eat(r, "[")) {
        node->kind = r->at[-1] == '{' ? JSON_OBJECT : JSON_ARRAY;
        const char *close = node->kind == JSON_OBJECT ? "}" : "]";
        json **place = &node->first;
        json_blanks(r);
        for (int more = !json_eat(r, close); more; node->count++) {
            primer_str name = {NULL, 0};
            json_blanks(r);
            if (node->kind == JSON_OBJECT) {
                name = json_string(r);
                json_blanks(r);
                if (!json_eat(r, ":")) json_fail(r, "a colon is expected");
            }
            *place = json_value(r);
            (*place)->name = name.data;
            place = &(*place)->next;
            json_blanks(r);
            more = json_eat(r, ",");
            if (!more && !json_eat(r, close)) json_fail(r, "a comma or the end is expected");
        }
    } else if (r->at < r->end && *r->at == '"') {
        node->kind = JSON_STRING;
        node->text = json_string(r);
    } else if (json_eat(r, "null")) {
        node->kind = JSON_NULL;
    } else if (json_eat(r, "true")) {
        node->kind = JSON_TRUE;
    } else if (json_eat(r, "false")) {
        node->kind = JSON_FALSE;
    } else {
        node->kind = JSON_NUMBER;
        node->number = json_number(r);
    }
    r->depth--;
    return node;
}

static inline json *json_file(const char *path) {
    size_t size = 0;
    char *bytes = file_bytes(path, &size);
    json_reader reader = {path, bytes, bytes, bytes + size, 0};
    json *value = json_value(&reader);
    json_blanks(&reader);
    if (reader.at != reader.end) json_fail(&reader, "something behind the value");
    free(bytes);
    return value;
}

/* A field of an object, NULL where it has none of that name. */
static inline const json *json_find(const json *object, const char *name) {
    CHECK(object != NULL && object->kind == JSON_OBJECT);
    const json *field = object->first;
    while (field != NULL && strcmp(field->name, name) != 0) field = field->next;
    return field;
}

static inline const json *json_get(const json *object, const char *name) {
    const json *field = json_find(object, name);
    if (field == NULL) fprintf(stderr, "there is no field \"%s\"\n", name);
    CHECK(field != NULL);
    return field;
}

static inline primer_str json_text(const json *node) {
    CHECK(node != NULL && node->kind == JSON_STRING);
    return node->text;
}

static inline size_t json_size(const json *node) {
    CHECK(node != NULL && node->kind == JSON_NUMBER && node->number >= 0 && node->number == (double)(size_t)node->number);
    return (size_t)node->number;
}

static inline int json_is(const json *node, const char *text) {
    return node != NULL && node->kind == JSON_STRING && equal(node->text, text);
}

#endif
