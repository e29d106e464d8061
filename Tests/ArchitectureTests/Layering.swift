/// One target of the package: how high it stands and what it may know.
struct Layer: Sendable {
    let name: String
    /// It may need only targets of lower levels.
    let level: Int
    /// Targets of this package, the system libraries included.
    let needs: Set<String>
    /// Products of other packages.
    var products: Set<String> = []
    /// Modules of the toolchain and the system.
    var system: Set<String> = []
    /// Where its files are, if not in `Sources/NAME`.
    var path: String?

    var directory: String { path ?? "Sources/\(name)" }
}

/// The layering. `Package.swift` declares the same; the imports keep to it.
enum Layering {
    /// The highest level of pure code: value types, no clock, no randomness, no input or output.
    static let pureLevelMax = 2

    static let layers: [Layer] = [
        Layer(name: "RoostCore", level: 0, needs: ["COpenSSL"]),

        Layer(name: "RoostRing", level: 1, needs: ["RoostCore"]),
        Layer(name: "RoostMembership", level: 1, needs: ["RoostCore"]),
        Layer(name: "RoostConsensus", level: 1, needs: ["RoostCore"]),
        Layer(name: "RoostMailbox", level: 1, needs: ["RoostCore"], products: ["DequeModule"]),
        Layer(name: "RoostLog", level: 1, needs: ["RoostCore", "CLZ4"]),
        Layer(name: "RoostSession", level: 1, needs: ["RoostCore"], products: ["Collections"]),

        Layer(
            name: "RoostNode", level: 2,
            needs: [
                "RoostCore", "RoostRing", "RoostMembership", "RoostConsensus", "RoostMailbox", "RoostLog",
                "RoostSession",
            ],
            products: ["Collections"]),
        Layer(
            name: "RoostWire", level: 2,
            needs: ["RoostCore", "RoostSession", "RoostNode", "RoostMembership", "RoostRing", "RoostConsensus"],
            products: ["SwiftProtobuf"]),

        Layer(
            name: "RoostStorage", level: 3, needs: ["RoostCore", "RoostLog", "COpenSSL"],
            products: ["NIOCore", "Logging"], system: platform),
        Layer(
            name: "RoostTransport", level: 3, needs: ["RoostCore", "RoostNode", "RoostWire"],
            products: [
                "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "Logging", "Hummingbird", "HummingbirdCore",
                "HTTPTypes", "NIOHTTPTypes", "NIOHTTPTypesHTTP1",
            ],
            system: platform),
        Layer(
            name: "RoostClient", level: 3, needs: ["RoostCore", "RoostSession", "RoostWire"],
            products: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"], system: platform),
        Layer(
            name: "RoostSimulator", level: 3,
            needs: [
                "RoostCore", "RoostRing", "RoostMembership", "RoostMailbox", "RoostConsensus", "RoostLog",
                "RoostSession", "RoostNode", "RoostWire",
            ]),

        Layer(
            name: "RoostServer", level: 4,
            needs: [
                "RoostCore", "RoostRing", "RoostMembership", "RoostMailbox", "RoostLog", "RoostSession", "RoostNode",
                "RoostWire", "RoostStorage", "RoostTransport", "RoostConsensus", "COpenSSL",
            ],
            products: [
                "NIOCore", "NIOPosix", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals", "Configuration",
                "Hummingbird", "HummingbirdCore",
            ],
            system: platform),

        Layer(name: "RoostOperator", level: 4, needs: [], system: platform),

        Layer(
            name: "roost", level: 5,
            needs: [
                "RoostCore", "RoostLog", "RoostNode", "RoostStorage", "RoostSession", "RoostWire", "RoostClient",
                "RoostServer", "RoostOperator",
            ],
            products: ["ArgumentParser", "NIOCore", "NIOPosix", "NIOHTTP1"], system: platform),
        Layer(
            name: "roost-sim", level: 5, needs: ["RoostCore", "RoostSimulator"], products: ["ArgumentParser"],
            system: platform),
        Layer(
            name: "roost-bench", level: 5, needs: ["RoostCore", "RoostClient", "RoostSession", "RoostWire"],
            products: [
                "ArgumentParser", "Histogram", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket",
            ],
            system: platform, path: "bench/Sources"),
        Layer(
            name: "RoostNemesis", level: 4, needs: ["RoostCore", "RoostClient", "RoostSession", "RoostWire"],
            products: ["Histogram", "NIOCore", "NIOPosix"], system: platform),
        Layer(
            name: "roost-nemesis", level: 5, needs: ["RoostNemesis"], products: ["ArgumentParser"], system: platform),
    ]

    /// Needs within one level, each with its reason.
    static let sameLevel: [String: String] = [
        "RoostWire needs RoostNode": "the messages between nodes are declared there, their bytes here"
    ]

    /// Targets without a test target named after them, each with its reason.
    static let untested: [String: String] = [
        "roost": "a thin command: RoostClientTests and the tests of whole processes run what it calls",
        "roost-sim": "a thin command over RoostSimulator",
        "roost-bench": "a measuring tool; it is run small in the test run",
        "roost-nemesis": "a thin command over RoostNemesis",
    ]

    /// Folders of a pure target that may name what its other files may not, each with its reason.
    static let exceptions: [(folder: String, module: String, reason: String)] = [
        ("Sources/RoostWire/Client/", "Foundation", "SwiftProtobuf's byte fields are `Data`"),
        ("Sources/RoostWire/Client/", "FoundationEssentials", "SwiftProtobuf's byte fields are `Data`"),
    ]

    /// What a product lets its user import, where that is not just the module of its name.
    static let modules: [String: Set<String>] = [
        "Collections": ["Collections", "OrderedCollections", "DequeModule", "HeapModule"],
        "NIOCore": ["NIOCore", "NIOConcurrencyHelpers"],
        // Their own interfaces hand these over.
        "Configuration": ["Configuration", "SystemPackage"],
        "Hummingbird": ["Hummingbird", "HTTPTypes"],
        "Metrics": ["Metrics", "CoreMetrics"],
    ]

    private static let platform: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization", "Dispatch",
    ]

    static func layer(_ name: String) -> Layer? {
        layers.first { $0.name == name }
    }

    /// The modules that a file of the layer may import.
    static func allowed(_ layer: Layer, path: String) -> Set<String> {
        let ofProducts = layer.products.flatMap { modules[$0] ?? [$0] }
        let ofExceptions = exceptions.filter { path.hasPrefix($0.folder) }.map(\.module)
        return layer.needs.union(ofProducts).union(layer.system).union(ofExceptions)
    }
}
