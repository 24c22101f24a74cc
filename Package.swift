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
    targets: []
)
