#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Scratch memory of the parser. Not for two threads at once.
typedef struct csimdjson_parser csimdjson_parser;

// A parsed document: simdjson's tape and its string buffer.
typedef struct csimdjson_document csimdjson_document;

// What a document holds. Pointers stay valid until the document is parsed into again or destroyed.
typedef struct {
    const uint64_t *tape;
    size_t tape_count;
    const uint8_t *strings;
    size_t strings_count;
} csimdjson_view;

// Bytes that must be readable, whatever they hold, after the end of the text given to csimdjson_parse.
size_t csimdjson_padding(void);

// Both return NULL when memory runs out.
csimdjson_parser *csimdjson_parser_create(size_t max_depth);
csimdjson_document *csimdjson_document_create(void);

void csimdjson_parser_destroy(csimdjson_parser *parser);
void csimdjson_document_destroy(csimdjson_document *document);

// Parses `length` bytes into `document`. Returns simdjson's error code, 0 for success; `view` is set on success only.
int csimdjson_parse(
    csimdjson_parser *parser, csimdjson_document *document, const uint8_t *text, size_t length, csimdjson_view *view);

// Whether `length` bytes are well-formed UTF-8.
int csimdjson_is_utf8(const uint8_t *text, size_t length);

// simdjson's own words for an error code.
const char *csimdjson_message(int code);

#ifdef __cplusplus
}
#endif

#endif
