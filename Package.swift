// swift-tools-version: 6.2

import PackageDescription

/// Every Swift target: Swift 6 language mode, imports private to the file unless said otherwise, no warning tolerated.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "kedge",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstandard", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COniguruma", pkgConfig: "oniguruma", providers: [.apt(["libonig-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "Files",
            dependencies: ["CZlib", "CZstandard", "CCrypto", "CLinux"],
            swiftSettings: strict
        ),
        .target(name: "JSON", dependencies: ["CSimdjson", "Files"], swiftSettings: strict),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .target(
            name: "Parquet",
            dependencies: ["Files", "JSON", "CSnappy", "CLZ4", "CZstandard", "CZlib", "CDeflate"],
            swiftSettings: strict
        ),
        .target(name: "ChatTemplates", dependencies: ["Files", "JSON"], swiftSettings: strict),
        .target(name: "Tensors", swiftSettings: strict),
        .target(name: "CKernels"),
        .target(name: "CPlanes", dependencies: ["CDeflate"]),
        .target(name: "HDF5", dependencies: ["Tensors", "CHDF5", "CDeflate", "CPlanes"], swiftSettings: strict),
        .target(name: "Contracts", dependencies: ["HDF5", "JSON", "Tensors"], swiftSettings: strict),
        .target(name: "CScanners"),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CLayers"),
        .target(
            name: "Kernels", dependencies: ["Tensors", "CKernels", "CLayers", "COpenBLAS"], swiftSettings: strict),
        .target(
            name: "Checkpoints",
            dependencies: ["Tensors", "Files", "JSON", "HDF5", "Kernels", "CPlanes", "CDeflate", "CZlib"],
            swiftSettings: strict
        ),
        .target(
            name: "Transformers",
            dependencies: ["Tensors", "Files", "JSON", "Kernels", "Checkpoints"],
            swiftSettings: strict
        ),
        .target(name: "Evaluation", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "Objectives", dependencies: ["JSON"], swiftSettings: strict),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(
            name: "Training",
            dependencies: [
                "CYAML", "Files", "JSON", "Kernels", "Checkpoints", "Transformers", "Objectives", "PrefixDatasets",
                "Schemas",
            ],
            swiftSettings: strict),
        .systemLibrary(name: "CArithmetic", providers: [.apt(["libmpc-dev"])]),
        .target(name: "Rewards", dependencies: ["Files", "JSON", "CArithmetic", "CLinux"], swiftSettings: strict),
        .target(
            name: "Tokenization",
            dependencies: ["JSON", "Files", "COniguruma", "CScanners"],
            swiftSettings: strict
        ),
        .target(
            name: "PrefixDatasets",
            dependencies: [
                "Files", "JSON", "Tensors", "HDF5", "Contracts", "Parquet", "Tokenization", "ChatTemplates", "Schemas",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Divergences",
            dependencies: [
                "Files", "JSON", "Tensors", "HDF5", "Contracts", "Kernels", "Checkpoints", "Transformers",
                "PrefixDatasets", "Evaluation", "Schemas",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Reports",
            dependencies: ["Files", "JSON", "HDF5", "Divergences", "Evaluation", "Demonstration", "Schemas"],
            resources: [
                .embedInCode("Resources/frame.css"), .embedInCode("Resources/tables.css"),
                .embedInCode("Resources/charts.css"), .embedInCode("Resources/tokens.css"),
                .embedInCode("Resources/dom.js"), .embedInCode("Resources/numbers.js"),
                .embedInCode("Resources/colours.js"), .embedInCode("Resources/theme.js"),
                .embedInCode("Resources/axes.js"), .embedInCode("Resources/chart.js"),
                .embedInCode("Resources/histogram.js"), .embedInCode("Resources/lines.js"),
                .embedInCode("Resources/hexbin.js"), .embedInCode("Resources/bars.js"),
                .embedInCode("Resources/table.js"), .embedInCode("Resources/blocks.js"),
                .embedInCode("Resources/cells.js"), .embedInCode("Resources/details.js"),
                .embedInCode("Resources/tokens.js"), .embedInCode("Resources/page.js"),
                .embedInCode("Resources/rollouts.css"), .embedInCode("Resources/rollouts.js"),
            ],
            swiftSettings: strict
        ),
        .target(name: "Demonstration", dependencies: ["Files", "JSON", "Evaluation"], swiftSettings: strict),
        .target(
            name: "Schemas",
            path: "schemas",
            resources: [
                .embedInCode("prefix-dataset.v1.json"), .embedInCode("prefix-dataset-index.v1.json"),
                .embedInCode("checkpoint-manifest.v1.json"), .embedInCode("checkpoint-layout.v1.json"),
                .embedInCode("checkpoint-inspection.v1.json"), .embedInCode("checkpoint-diff.v1.json"),
                .embedInCode("evaluation-record.v1.json"), .embedInCode("diagnosis.v1.json"),
                .embedInCode("diagnosis-summary.v1.json"),
                .embedInCode("objective-batch.v1.json"), .embedInCode("objective-result.v1.json"),
                .embedInCode("reward-pair.v1.json"), .embedInCode("reward-result.v1.json"),
                .embedInCode("reward-request.v1.json"), .embedInCode("reward-response.v1.json"),
                .embedInCode("training-configuration.v1.json"), .embedInCode("training-metrics.v1.json"),
                .embedInCode("training-sample.v1.json"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "kedge",
            dependencies: [
                "CLinux", "Files", "JSON", "Parquet", "Tokenization", "PrefixDatasets", "ChatTemplates", "Schemas",
                "Checkpoints", "Tensors", "Transformers", "Kernels", "Evaluation", "Divergences", "Reports",
                "Objectives", "Rewards", "Training", "Demonstration",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "TestFixtures",
            dependencies: ["CZlib", "CZstandard"],
            path: "Tests/TestFixtures",
            swiftSettings: strict
        ),
        .testTarget(
            name: "PrefixDatasetsTests",
            dependencies: [
                "PrefixDatasets", "ChatTemplates", "Contracts", "HDF5", "JSON", "Files", "Parquet", "Tensors",
                "Tokenization",
                "Schemas",
                "TestFixtures",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "KedgeTests", dependencies: ["kedge", "JSON", "Schemas", "TestFixtures"], swiftSettings: strict),
        .testTarget(
            name: "ParquetTests",
            dependencies: ["Parquet", "Files", "JSON", "TestFixtures"],
            resources: [.copy("Goldens")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChatTemplatesTests",
            dependencies: ["ChatTemplates", "Files", "JSON", "TestFixtures"],
            resources: [.copy("Goldens")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CheckpointsTests",
            dependencies: ["Checkpoints", "Tensors", "Files", "JSON", "HDF5", "Kernels", "Schemas", "TestFixtures"],
            resources: [.copy("Goldens")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TransformersTests",
            dependencies: [
                "Transformers", "Checkpoints", "Kernels", "Tensors", "Files", "JSON", "TestFixtures",
            ],
            resources: [.copy("Goldens")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DemonstrationTests",
            dependencies: ["Demonstration", "Tokenization", "Training", "Objectives", "Evaluation", "JSON"],
            swiftSettings: strict),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "JSON"], swiftSettings: strict),
        .testTarget(
            name: "ObjectivesTests", dependencies: ["Objectives", "JSON", "Schemas"], resources: [.copy("Goldens")],
            swiftSettings: strict),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", "Objectives", "Transformers", "Checkpoints", "Kernels", "Tensors", "JSON", "Files",
                "Schemas",
                "TestFixtures",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RewardsTests", dependencies: ["Rewards", "JSON", "Schemas"], resources: [.copy("Goldens")],
            swiftSettings: strict),
        .testTarget(
            name: "DivergencesTests",
            dependencies: [
                "Divergences", "Checkpoints", "Kernels", "Tensors", "Files", "JSON", "HDF5", "Transformers",
                "Schemas", "Evaluation",
                "TestFixtures",
            ],
            resources: [.copy("Goldens")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReportsTests",
            dependencies: [
                "Reports", "Divergences", "HDF5", "JSON", "Files", "Kernels", "Schemas", "TestFixtures",
                "Demonstration",
            ],
            swiftSettings: strict),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: strict),
        .testTarget(
            name: "KernelsTests", dependencies: ["Kernels", "Tensors"], resources: [.copy("Goldens")],
            swiftSettings: strict),
        .testTarget(
            name: "HDF5Tests", dependencies: ["HDF5", "Tensors", "CHDF5", "CPlanes", "TestFixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "FilesTests", dependencies: ["Files", "CZlib", "CZstandard", "TestFixtures"], swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "Files", "TestFixtures"], swiftSettings: strict),
        .testTarget(
            name: "TokenizationTests",
            dependencies: ["Tokenization", "JSON"],
            resources: [.copy("Goldens")],
            swiftSettings: strict
        ),
    ],
    cxxLanguageStandard: .cxx17
)
