import Configuration
import RoostCore
import RoostTransport
import SystemPackage

/// What a node is told at its start: flags over `ROOST_*` environment over the file over the defaults.
public struct NodeSettings: Equatable, Sendable {
    /// The operator's name for the node.
    public var name: String
    /// The directory of everything it keeps.
    public var dataDirectory: String
    /// Where clients connect, `host:port`.
    public var listen: String
    /// Where peers connect, TCP and UDP, `host:port`.
    public var peerListen: String
    /// Where peers find this node; by default where it listens.
    public var advertise: String
    /// Where clients find this node; by default where it listens.
    public var clientAdvertise: String
    /// Peers to call on first.
    public var seeds: [String]
    /// Where the node stands.
    public var zone: String
    /// Event loops, each with a shard of the node's slots.
    public var loops: Int
    /// The least free space, in bytes, at which new messages are taken; 0 means 5 % of the disk, at least 1 GiB.
    public var freeBytesMin: Int
    /// The least severe level that is logged.
    public var logLevel: String
    /// How often clients may ask for what costs others something.
    public var rates: RateSettings
    /// What people may do in conversations.
    public var conversations: ConversationSettings

    /// The settings of a node that is told nothing.
    public static let defaults = NodeSettings(
        name: "roost", dataDirectory: "roost-data", listen: "127.0.0.1:7400", peerListen: "127.0.0.1:7401",
        advertise: "",
        clientAdvertise: "", seeds: [], zone: "default", loops: 1, freeBytesMin: 0, logLevel: "info",
        rates: .defaults, conversations: .defaults)

    /// Reads the settings.
    /// - Parameters:
    ///   - flags: what the command line gave, by key: `name`, `data`, `listen`, `peer-listen`, …
    ///   - file: a JSON file of the same keys; `nil` for none.
    /// - Throws: ``SettingsError`` for a value or a file that makes no sense.
    /// - Returns: the settings, checked.
    public static func read(flags: [String: String], file: String?) async throws -> NodeSettings {
        let environment = EnvironmentVariablesProvider().prefixKeys(with: ["roost"])
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map {
                        (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
                    })),
            environment,
        ]
        if let file {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw SettingsError.unreadableFile(file, "\(error)")
            }
        }
        return try NodeSettings(ConfigReader(providers: providers))
    }

    private init(_ reader: ConfigReader) throws(SettingsError) {
        func text(_ key: String, _ fallback: String) -> String {
            reader.string(forKey: ConfigKey([key]), default: fallback)
        }
        func number(_ key: String, _ fallback: Int) throws(SettingsError) -> Int {
            let text = text(key, String(fallback))
            guard let number = Int(text), number >= 0 else { throw .invalid(key, text, "a whole number") }
            return number
        }
        let defaults = NodeSettings.defaults
        let listen = text("listen", defaults.listen)
        let peerListen = text("peer-listen", defaults.peerListen)
        self.init(
            name: text("name", defaults.name), dataDirectory: text("data", defaults.dataDirectory), listen: listen,
            peerListen: peerListen, advertise: text("advertise", peerListen),
            clientAdvertise: text("client-advertise", listen),
            seeds: text("seeds", "").split(separator: ",").map { $0.trimming(while: \.isWhitespace) },
            zone: text("zone", defaults.zone), loops: try number("loops", defaults.loops),
            freeBytesMin: try number("free-bytes-min", defaults.freeBytesMin),
            logLevel: text("log-level", defaults.logLevel),
            rates: RateSettings(
                sendsPerSecond: try number("sends-per-second", defaults.rates.sendsPerSecond),
                accountSendsPerSecond: try number(
                    "account-sends-per-second", defaults.rates.accountSendsPerSecond),
                lookupsPerMinute: try number("lookups-per-minute", defaults.rates.lookupsPerMinute),
                loginsPerMinute: try number("logins-per-minute", defaults.rates.loginsPerMinute),
                accountsPerMinute: try number("accounts-per-minute", defaults.rates.accountsPerMinute),
                groupsPerMinute: try number("groups-per-minute", defaults.rates.groupsPerMinute)),
            conversations: ConversationSettings(
                editMinutes: try number("edit-minutes", defaults.conversations.editMinutes),
                deletionMinutes: try number("deletion-minutes", defaults.conversations.deletionMinutes),
                groupMembers: try number("group-members", defaults.conversations.groupMembers)))
        try rates.check()
        try conversations.check()
        guard UserName(name) != nil else { throw .invalid("name", name, "1 to 64 of a-z 0-9 . _ -") }
        guard (1...64).contains(loops) else { throw .invalid("loops", "\(loops)", "1 to 64") }
        for (key, address) in [
            ("listen", listen), ("peer-listen", peerListen), ("advertise", advertise),
            ("client-advertise", clientAdvertise),
        ] where HostPort.split(address) == nil {
            throw .invalid(key, address, "host:port")
        }
        for (key, value) in [("zone", zone), ("advertise", advertise), ("client-advertise", clientAdvertise)]
        where value.utf8.count > 100 {
            throw .invalid(key, value, "at most 100 bytes")
        }
    }

    private init(
        name: String, dataDirectory: String, listen: String, peerListen: String, advertise: String,
        clientAdvertise: String, seeds: [String], zone: String, loops: Int, freeBytesMin: Int, logLevel: String,
        rates: RateSettings, conversations: ConversationSettings
    ) {
        self.name = name
        self.dataDirectory = dataDirectory
        self.listen = listen
        self.peerListen = peerListen
        self.advertise = advertise
        self.clientAdvertise = clientAdvertise
        self.seeds = seeds
        self.zone = zone
        self.loops = loops
        self.freeBytesMin = freeBytesMin
        self.logLevel = logLevel
        self.rates = rates
        self.conversations = conversations
    }
}

extension Substring {
    fileprivate func trimming(while condition: (Character) -> Bool) -> String {
        var text = self
        while let first = text.first, condition(first) { text.removeFirst() }
        while let last = text.last, condition(last) { text.removeLast() }
        return String(text)
    }
}

/// Why settings were refused.
public enum SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A value that has no meaning there.
    case invalid(String, String, String)
    /// The file of `--config` cannot be read.
    case unreadableFile(String, String)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .invalid(let key, let value, let rule): "--\(key) '\(value)' is not \(rule)"
        case .unreadableFile(let file, let reason): "the configuration file \(file) cannot be read: \(reason)"
        }
    }
}
