/// The contracts of the files that Kedge writes, as they lie in this directory, built into the program.
public enum Schemas {
    /// The names by which `kedge schema` knows the contracts.
    public static let names = ["prefix-dataset"]

    /// The JSON text of a contract, or nil for a name that is not among ``names``.
    public static func json(named name: String) -> [UInt8]? {
        switch name {
        case "prefix-dataset": PackageResources.prefix_dataset_v1_json
        default: nil
        }
    }
}
