#include "csimdjson.h"

#include <algorithm>
#include <new>

#include <simdjson.h>
#include <sys/mman.h>

namespace dom = simdjson::dom;

struct csimdjson_parser {
    dom::parser parser;
    size_t max_depth;
};

struct csimdjson_document {
    dom::document document;
};

extern "C" size_t csimdjson_padding(void) { return simdjson::SIMDJSON_PADDING; }

extern "C" csimdjson_parser *csimdjson_parser_create(size_t max_depth) {
    return new (std::nothrow) csimdjson_parser{dom::parser(), max_depth};
}

extern "C" csimdjson_document *csimdjson_document_create(void) { return new (std::nothrow) csimdjson_document(); }

extern "C" void csimdjson_parser_destroy(csimdjson_parser *parser) { delete parser; }

extern "C" void csimdjson_document_destroy(csimdjson_document *document) { delete document; }

// Asks for huge pages where a long text will need hundreds of small ones, each of which costs a fault.
static void expect_large(void *start, size_t size) {
    const uintptr_t page = 4096, first = (uintptr_t(start) + page - 1) / page * page;
    const uintptr_t end = (uintptr_t(start) + size) / page * page;
    if (size >= size_t(4) << 20 && end > first) (void)madvise(reinterpret_cast<void *>(first), end - first, MADV_HUGEPAGE);
}

extern "C" int csimdjson_parse(
    csimdjson_parser *parser, csimdjson_document *document, const uint8_t *text, size_t length, csimdjson_view *view) {
    dom::document &target = document->document;
    if (length > simdjson::SIMDJSON_MAXSIZE_BYTES) return simdjson::CAPACITY;
    // A quarter more than asked: rows that grow slowly must not reallocate each time. Untouched pages cost nothing.
    const size_t roomy = std::max<size_t>(length + length / 4, 4096);
    const size_t wanted = std::min<size_t>(roomy, simdjson::SIMDJSON_MAXSIZE_BYTES);
    if (parser->parser.capacity() < length) {
        if (auto error = parser->parser.allocate(wanted, parser->max_depth)) return error;
        expect_large(parser->parser.implementation->structural_indexes.get(), length * sizeof(uint32_t));
    }
    if (target.capacity() < length) {
        if (auto error = target.allocate(wanted)) return error;
        expect_large(target.tape.get(), length * sizeof(uint64_t));
        expect_large(target.string_buf.get(), length);
    }
    dom::element root;
    auto error = parser->parser.parse_into_document(target, text, length, false).get(root);
    if (error) return error;
    view->tape = target.tape.get();
    // The first word of the tape is the root, whose low 56 bits say how many words the tape has.
    view->tape_count = size_t(target.tape[0] & ((uint64_t(1) << 56) - 1));
    view->strings = target.string_buf.get();
    // The rule by which document::allocate sizes the string buffer, without its rounding up.
    view->strings_count = 5 * target.capacity() / 3 + simdjson::SIMDJSON_PADDING;
    return simdjson::SUCCESS;
}

extern "C" int csimdjson_is_utf8(const uint8_t *text, size_t length) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(text), length);
}

extern "C" const char *csimdjson_message(int code) {
    return simdjson::error_message(simdjson::error_code(code));
}
