// What Swift cannot import from HDF5: macros that expand to variables or function calls, functions whose name is a
// versioned macro in later releases, and callbacks whose argument types are such macros.
#ifndef KEDGE_CHDF5_SHIM_H
#define KEDGE_CHDF5_SHIM_H

#include <hdf5.h>

// HDF5's macros call H5open() and H5check() (which aborts the process on a version mismatch) at every use. The Swift
// side opens the library once, under its lock.
#undef H5CHECK
#define H5CHECK
#undef H5OPEN
#define H5OPEN

static inline hid_t chdf5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t chdf5_native_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t chdf5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_native_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t chdf5_native_uint32(void) { return H5T_NATIVE_UINT32; }
static inline hid_t chdf5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }

static inline hid_t chdf5_file_create_class(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_file_access_class(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_group_create_class(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_dataset_create_class(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_dataset_access_class(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_link_create_class(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_attribute_create_class(void) { return H5P_ATTRIBUTE_CREATE; }
static inline hid_t chdf5_default_properties(void) { return H5P_DEFAULT; }

static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned chdf5_exclusive(void) { return H5F_ACC_EXCL; }
static inline hid_t chdf5_default_error_stack(void) { return H5E_DEFAULT; }
static inline hid_t chdf5_whole_space(void) { return H5S_ALL; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }

typedef enum { CHDF5_LINK_HARD = 1, CHDF5_LINK_SOFT, CHDF5_LINK_EXTERNAL, CHDF5_LINK_OTHER } chdf5_link;

static inline chdf5_link chdf5_link_kind_of(H5L_type_t type) {
    switch (type) {
    case H5L_TYPE_HARD: return CHDF5_LINK_HARD;
    case H5L_TYPE_SOFT: return CHDF5_LINK_SOFT;
    case H5L_TYPE_EXTERNAL: return CHDF5_LINK_EXTERNAL;
    default: return CHDF5_LINK_OTHER;
    }
}

// The kind of the link `name` of the group `group`; negative when it cannot be read.
static inline int chdf5_link_kind(hid_t group, const char *name) {
    H5L_info_t info;
    return H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ? -1 : (int)chdf5_link_kind_of(info.type);
}

typedef void (*chdf5_visit)(const char *name, int kind, void *context);
typedef struct {
    chdf5_visit visit;
    void *context;
} chdf5_visitor;

static inline herr_t chdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    const chdf5_visitor *visitor = (const chdf5_visitor *)data;
    (void)group;
    visitor->visit(name, (int)chdf5_link_kind_of(info->type), visitor->context);
    return 0;
}

// Calls `visit` for each link of a group, in the order of storage: to sort, libhdf5 1.10 builds a table, and crashes
// releasing it when a damaged file left it half-filled.
static inline herr_t chdf5_visit_links(hid_t group, chdf5_visit visit, void *context) {
    chdf5_visitor visitor = {visit, context};
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, chdf5_visit_link, &visitor);
}

static inline herr_t chdf5_visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data) {
    const chdf5_visitor *visitor = (const chdf5_visitor *)data;
    (void)object;
    (void)info;
    visitor->visit(name, 0, visitor->context);
    return 0;
}

// Calls `visit` for each attribute of an object, in the order of storage.
static inline herr_t chdf5_visit_attributes(hid_t object, chdf5_visit visit, void *context) {
    chdf5_visitor visitor = {visit, context};
    return H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, chdf5_visit_attribute, &visitor);
}

// Where the header of an object lies in its file: two links to one object lead to the same place.
static inline herr_t chdf5_object_address(hid_t object, haddr_t *address) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info1_t info;
#else
    H5O_info_t info;
#endif
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    *address = info.addr;
    return 0;
}

static inline haddr_t chdf5_no_address(void) { return HADDR_UNDEF; }

// Reading variable-length strings as the 16-byte references that the file holds, without following them: a conversion
// from variable-length to opaque values that leaves the bytes as they are.
static inline herr_t chdf5_keep_reference(hid_t source, hid_t destination, H5T_cdata_t *conversion, size_t count,
                                          size_t stride, size_t background_stride, void *buffer, void *background,
                                          hid_t transfer) {
    (void)count, (void)stride, (void)background_stride, (void)buffer, (void)background, (void)transfer;
    if (conversion->command != H5T_CONV_INIT) return 0;
    conversion->need_bkg = H5T_BKG_NO;
    return H5Tget_size(source) == 16 && H5Tget_size(destination) == 16 ? 0 : -1;
}

static inline herr_t chdf5_register_references(hid_t variable_length, hid_t opaque) {
    return H5Tregister(H5T_PERS_SOFT, "heap reference", variable_length, opaque, chdf5_keep_reference);
}

#endif
