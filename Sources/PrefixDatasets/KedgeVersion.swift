/// The version of Kedge.
public enum KedgeVersion {
    /// As it is recorded in the provenance of files.
    public static let current = "0.1.0"
}
