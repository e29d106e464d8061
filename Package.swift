// swift-tools-version: 6.2

import PackageDescription

/// Every target of ours is built alike: Swift 6 mode, no warning survives, existential types are written out.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A target of the package. Its dependencies are the layering: `Tests/ArchitectureTests` holds the same
/// table and reads the imports, because SwiftPM itself lets an undeclared import within a package pass.
func layer(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "roost",
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .executable(name: "roost-sim", targets: ["roost-sim"]),
        .executable(name: "roost-bench", targets: ["roost-bench"]),
        .executable(name: "roost-nemesis", targets: ["roost-nemesis"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // L0: words of the domain, pure functions of bytes
        layer("RoostCore", ["COpenSSL"]),

        // L1: value-type machines and formats
        layer("RoostRing", ["RoostCore"]),
        layer("RoostMembership", ["RoostCore"]),
        layer("RoostConsensus", ["RoostCore"]),
        layer("RoostMailbox", ["RoostCore", .product(name: "DequeModule", package: "swift-collections")]),
        layer("RoostLog", ["RoostCore", "CLZ4"]),
        layer("RoostSession", ["RoostCore", collections]),

        // L2: composition, and bytes for its messages
        layer(
            "RoostNode",
            [
                "RoostCore", "RoostRing", "RoostMembership", "RoostConsensus", "RoostMailbox", "RoostLog",
                "RoostSession", collections,
            ]),
        layer(
            "RoostWire",
            ["RoostCore", "RoostSession", "RoostNode", "RoostMembership", "RoostRing", "RoostConsensus", protobuf],
            exclude: ["Client/generate", "Client/roost.proto"]),

        // L3: shells that do the input and output
        layer("RoostStorage", ["RoostCore", "RoostLog", "COpenSSL", nioCore, logging]),
        layer(
            "RoostTransport",
            [
                "RoostCore", "RoostNode", "RoostWire", nioCore, nioPosix, nioHTTP1, nioWebSocket, logging, hummingbird,
                hummingbirdCore, httpTypes, nioHTTPTypes, nioHTTPTypesHTTP1,
            ]),
        layer("RoostClient", ["RoostCore", "RoostSession", "RoostWire", nioCore, nioPosix, nioHTTP1, nioWebSocket]),

        // L4: wiring
        layer(
            "RoostServer",
            [
                "RoostCore", "RoostRing", "RoostMembership", "RoostMailbox", "RoostLog", "RoostSession", "RoostNode",
                "RoostWire", "RoostStorage", "RoostTransport", "RoostConsensus", "COpenSSL", nioCore, nioPosix, logging,
                metrics, lifecycle, lifecycleSignals, configuration, hummingbird, hummingbirdCore,
            ]),

        layer("RoostOperator"),

        // L5: commands
        .executableTarget(
            name: "roost",
            dependencies: [
                "RoostCore", "RoostLog", "RoostNode", "RoostStorage", "RoostSession", "RoostWire", "RoostClient",
                "RoostServer", "RoostOperator", arguments, nioCore, nioPosix, nioHTTP1,
            ],
            swiftSettings: strict),

        // The simulator and the load generator
        layer(
            "RoostSimulator",
            [
                "RoostCore", "RoostRing", "RoostMembership", "RoostMailbox", "RoostConsensus", "RoostLog",
                "RoostSession", "RoostNode", "RoostWire",
            ]),
        .executableTarget(
            name: "roost-sim", dependencies: ["RoostCore", "RoostSimulator", arguments], swiftSettings: strict),
        .executableTarget(
            name: "roost-bench",
            dependencies: [
                "RoostCore", "RoostClient", "RoostSession", "RoostWire", arguments, histogram, nioCore, nioPosix,
                nioHTTP1, nioWebSocket,
            ],
            path: "bench/Sources", swiftSettings: strict),

        // Real nodes under fire
        layer(
            "RoostNemesis",
            ["RoostCore", "RoostSession", "RoostWire", "RoostClient", histogram, nioCore, nioPosix]),
        .executableTarget(
            name: "roost-nemesis", dependencies: ["RoostNemesis", arguments], swiftSettings: strict),

        // Tests
        tests("ArchitectureTests", []),
        tests("RoostCoreTests", ["RoostCore"]),
        tests("RoostRingTests", ["RoostCore", "RoostRing"]),
        tests("RoostConsensusTests", ["RoostCore", "RoostConsensus"]),
        tests("RoostMembershipTests", ["RoostCore", "RoostMembership"]),
        tests("RoostMailboxTests", ["RoostCore", "RoostMailbox"]),
        tests(
            "RoostNodeTests",
            [
                "RoostCore", "RoostRing", "RoostMembership", "RoostConsensus", "RoostMailbox", "RoostSession",
                "RoostNode",
            ]),
        tests("RoostSimulatorTests", ["RoostSimulator"], exclude: ["Seeds"]),
        tests("RoostLogTests", ["RoostCore", "RoostLog"]),
        tests("RoostStorageTests", ["RoostCore", "RoostLog", "RoostStorage", logging]),
        tests(
            "RoostTransportTests",
            [
                "RoostCore", "RoostConsensus", "RoostNode", "RoostWire", "RoostTransport", nioCore, nioPosix, logging,
                lifecycle, hummingbird,
            ]),
        tests("RoostServerTests", ["RoostCore", "RoostTransport", "RoostServer", metrics]),
        tests("RoostOperatorTests", ["RoostOperator"]),
        tests("ClusterTests", ["RoostCore", "RoostSession", "RoostWire", "RoostClient", "RoostNemesis", nioHTTP1]),
        tests("RoostNemesisTests", ["RoostCore", "RoostNemesis"]),
        tests("RoostSessionTests", ["RoostCore", "RoostSession"]),
        tests(
            "RoostWireTests", ["RoostCore", "RoostConsensus", "RoostRing", "RoostSession", "RoostNode", "RoostWire"]),
        tests(
            "RoostClientTests",
            ["RoostCore", "RoostSession", "RoostWire", "RoostClient", nioCore, nioPosix, nioHTTP1, nioWebSocket]),
    ],
    swiftLanguageModes: [.v6]
)
