public import HDF5
import JSON

/// What an HDF5 file must hold, read from a contract under schemas/.
///
/// A contract lists the root's attributes and datasets with their types and shapes. A shape is a list of numbers, of
/// letters that stand for sizes which agree throughout the file, and of letters plus one (`N+1`). Attributes of type
/// `json` are strings that keep a JSON Schema of their own.
public struct HDF5Contract: Sendable {
    /// What the root attribute `format` must say.
    public let format: String
    /// The version that the contract describes.
    public let version: Int

    private let attributes: [ContractItem]
    private let datasets: [ContractItem]

    /// Reads a contract.
    ///
    /// - Throws: ``ContractError`` when the contract itself is not sound.
    public init(json: [UInt8]) throws {
        let node = JSONNode(try JSONDocument.parsing(json).root)
        guard case .string(let format)? = node["$id"], case .int(let version)? = node["version"],
            case .object(let attributes)? = node["attributes"], case .object(let datasets)? = node["datasets"]
        else { throw ContractError(reason: "lacks $id, version, attributes or datasets") }
        self.format = format
        self.version = Int(version)
        self.attributes = try attributes.map { try ContractItem(name: $0.key, $0.value) }
        self.datasets = try datasets.map { try ContractItem(name: $0.key, $0.value) }
    }

    /// What in `file` breaks the contract, and the sizes that its letters stand for.
    ///
    /// - Parameter refusesUnknown: whether attributes and objects that the contract does not name break it.
    /// - Complexity: reads attributes and headers, no data.
    public func check(
        _ file: borrowing HDF5File, refusesUnknown: Bool = false
    ) throws -> (violations: [String], sizes: [String: Int]) {
        var violations: [String] = []
        var sizes: [String: Int] = [:]
        for item in attributes {
            guard try file.hasAttribute(item.name) else {
                violations.append("has no attribute '\(item.name)'")
                continue
            }
            violations += try item.checkAttribute(of: file, &sizes)
        }
        for item in datasets {
            guard try file.exists(item.name) else {
                violations.append("has no dataset '\(item.name)'")
                continue
            }
            let dataset = try file.openDataset(item.name)
            violations += item.check(type: try dataset.valueType(), shape: try dataset.shape(), &sizes)
        }
        if refusesUnknown {
            let known = Set(datasets.map(\.name))
            violations += try file.children().filter { !known.contains($0.name) }.map {
                "holds an unknown '\($0.name)'"
            }
            let named = Set(attributes.map(\.name))
            violations += try file.attributeNames().filter { !named.contains($0) }
                .map { "has an unknown attribute '\($0)'" }
        }
        return (violations, sizes)
    }
}

/// A contract that is not sound.
public struct ContractError: Error, CustomStringConvertible {
    let reason: String
    /// What is wrong with it.
    public var description: String { "the contract \(reason)" }
}
