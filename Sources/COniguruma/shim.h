// Oniguruma's types and macros that Swift cannot import, each wrapped once.
#ifndef KEDGE_CONIGURUMA_SHIM_H
#define KEDGE_CONIGURUMA_SHIM_H

#include <oniguruma.h>

static inline int kedge_onig_initialize(void) {
    OnigEncoding encodings[] = { ONIG_ENCODING_UTF8 };
    return onig_initialize(encodings, 1);
}

static inline int kedge_onig_new(
    regex_t **regex, const OnigUChar *pattern, const OnigUChar *pattern_end, OnigErrorInfo *info) {
    return onig_new(regex, pattern, pattern_end, ONIG_OPTION_NONE, ONIG_ENCODING_UTF8, ONIG_SYNTAX_ONIGURUMA, info);
}

// `info` may name the part of the pattern at fault; the message is cut to ONIG_MAX_ERROR_MESSAGE_LEN bytes.
static inline int kedge_onig_message(OnigUChar *buffer, int code, OnigErrorInfo *info) {
    return info ? onig_error_code_to_str(buffer, code, info) : onig_error_code_to_str(buffer, code);
}

static const int kedge_onig_message_capacity = ONIG_MAX_ERROR_MESSAGE_LEN;
static const int kedge_onig_unknown_property = ONIGERR_INVALID_CHAR_PROPERTY_NAME;
static const int kedge_onig_mismatch = ONIG_MISMATCH;

#endif
