import CHDF5

// Walking paths and creating links. Everything here: lock held.
extension HDF5ObjectReference {
    func release() {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        // Closing the file has closed the object too; what a dataset still buffers may fail to be written here.
        if !file.isClosed, H5Oclose(id) < 0, file.isWritable {
            file.remember(failure(.writeFailed, "buffered data did not reach the file"))
        }
    }

    private func components(_ path: String) throws(HDF5Error) -> [Substring] {
        // As characters a slash before a combining mark would not be one.
        let components = path.unicodeScalars.split(separator: "/").map { Substring($0) }
        if components.isEmpty || path.utf8.contains(0) || components.contains(".") {
            throw error(.invalidName, "'\(path)' names no member: it is empty, or holds a NUL or a '.' component")
        }
        return components
    }

    /// Opens one component, following hard links alone.
    private func openMember(_ name: String) throws(HDF5Error) -> HDF5ObjectReference {
        let child = HDF5ObjectReference(file: file, id: id, path: childPath(name))
        let found = H5Lexists(id, name, chdf5_default_properties())
        if found < 0 { throw child.failure(.corrupt, "cannot be looked up") }
        if found == 0 { throw child.error(.notFound, "there is no such object") }
        let kind = chdf5_link_kind(id, name)
        if kind < 0 { throw child.failure(.corrupt, "its link cannot be read") }
        guard kind == Int32(bitPattern: CHDF5_LINK_HARD.rawValue) else {
            let name = HDF5Child.Kind(linkKind: kind).map { " (\($0.rawValue))" } ?? ""
            throw child.error(.linkRefused, "is not a hard link\(name) and is not followed; copy the object instead")
        }
        let opened = H5Oopen(id, name, chdf5_default_properties())
        if opened < 0 { throw child.failure(.corrupt, "its object header cannot be read") }
        return HDF5ObjectReference(file: file, id: opened, path: child.path)
    }

    func openObject(_ path: String) throws(HDF5Error) -> HDF5ObjectReference {
        var current = self
        var isOwned = false
        for component in try components(path) {
            let (parent, closesParent) = (current, isOwned)
            defer { if closesParent { H5Oclose(parent.id) } }
            if closesParent, H5Iget_type(parent.id) != H5I_GROUP {
                throw parent.error(.wrongKind, "is not a group")
            }
            current = try parent.openMember(String(component))
            isOwned = true
        }
        return current
    }

    func open(_ path: String, kind: H5I_type_t, called name: String) throws(HDF5Error) -> HDF5ObjectReference {
        let object = try openObject(path)
        guard H5Iget_type(object.id) == kind else {
            H5Oclose(object.id)
            throw object.error(.wrongKind, "is not a \(name)")
        }
        return object
    }

    func childKind(_ name: String, linkKind: Int32) throws(HDF5Error) -> HDF5Child.Kind {
        if let kind = HDF5Child.Kind(linkKind: linkKind) { return kind }
        // libhdf5 would take such a name for a path, and follow whatever lies on it.
        if name.isEmpty || name == "." || name.utf8.contains(UInt8(ascii: "/")) {
            throw error(.corrupt, "the name '\(name)' of a member is a path")
        }
        let member = try openMember(name)
        defer { H5Oclose(member.id) }
        switch H5Iget_type(member.id) {
        case H5I_GROUP: return .group
        case H5I_DATASET: return .dataset
        case H5I_DATATYPE: return .namedType
        default: throw member.failure(.corrupt, "is neither group, dataset nor type")
        }
    }

    func lastComponent(_ path: String) throws(HDF5Error) -> String {
        try components(path).last.map(String.init) ?? ""
    }

    /// The group that is to hold a new object; missing groups on the way are created.
    func parent(ofNew path: String) throws(HDF5Error) -> HDF5Group {
        let here = H5Oopen(id, ".", chdf5_default_properties())
        var group = HDF5Group(
            HDF5ObjectReference(file: file, id: try identifier(here, .corrupt, "cannot be opened"), path: self.path))
        for component in try components(path).dropLast() {
            let name = String(component)
            if H5Lexists(group.reference.id, name, chdf5_default_properties()) > 0 {
                group = HDF5Group(try group.reference.open(name, kind: H5I_GROUP, called: "group"))
            } else {
                group = HDF5Group(try group.reference.makeGroup(name))
            }
        }
        return group
    }

    func requireAbsent(_ name: String) throws(HDF5Error) {
        if H5Lexists(id, name, chdf5_default_properties()) > 0 {
            throw HDF5Error(.alreadyExists, file: file.path, object: childPath(name), "exists already")
        }
    }

    func makeGroup(_ name: String) throws(HDF5Error) -> HDF5ObjectReference {
        try requireAbsent(name)
        let link = try utf8Links()
        defer { H5Pclose(link) }
        let creation = H5Pcreate(chdf5_group_create_class())
        defer { H5Pclose(creation) }
        guard creation >= 0, H5Pset_obj_track_times(creation, false) >= 0 else {
            throw writeFailure("the properties of a group cannot be set")
        }
        let made = H5Gcreate2(id, name, link, creation, chdf5_default_properties())
        if made < 0 { throw writeFailure("the group '\(name)' cannot be created") }
        return HDF5ObjectReference(file: file, id: made, path: childPath(name))
    }

    /// Link creation properties that mark names as UTF-8; the caller closes them.
    func utf8Links() throws(HDF5Error) -> hid_t {
        let link = H5Pcreate(chdf5_link_create_class())
        guard link >= 0, H5Pset_char_encoding(link, H5T_CSET_UTF8) >= 0 else {
            throw writeFailure("the properties of a link cannot be set")
        }
        return link
    }
}

extension HDF5Child.Kind {
    /// What a link says by itself; nil for a hard link, whose object has to be asked.
    init?(linkKind: Int32) {
        switch UInt32(bitPattern: linkKind) {
        case CHDF5_LINK_HARD.rawValue: return nil
        case CHDF5_LINK_SOFT.rawValue: self = .softLink
        case CHDF5_LINK_EXTERNAL.rawValue: self = .externalLink
        default: self = .otherLink
        }
    }
}
