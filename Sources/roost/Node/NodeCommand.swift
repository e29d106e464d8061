import ArgumentParser
import RoostServer

/// `roost node`
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Run a node.",
        discussion: """
            Every setting can also come from the environment (--peer-listen is ROOST_PEER_LISTEN) or from a JSON file of the \
            same keys given with --config. Flags win over the environment, the environment over the file, the file over \
            the defaults. Without any, a node runs on 127.0.0.1:7400 for clients and 127.0.0.1:7401 for peers.

            Stop it with SIGTERM: it says goodbye to its clients, brings everything to disk and exits with 0. `roost node safe-to-stop NAME` tells beforehand whether users would notice.
            """,
        subcommands: [SafeToStopCommand.self])

    @Option(help: "The node's name: 1 to 64 of a-z 0-9 . _ -  (default: roost)")
    var name: String?
    @Option(help: "The directory of everything it keeps. (default: roost-data)")
    var data: String?
    @Option(help: "Where clients connect, host:port. (default: 127.0.0.1:7400)")
    var listen: String?
    @Option(help: "Where peers connect, TCP and UDP, host:port. (default: 127.0.0.1:7401)")
    var peerListen: String?
    @Option(help: "Where peers find this node. (default: --peer-listen)")
    var advertise: String?
    @Option(help: "Where clients find this node. (default: --listen)")
    var clientAdvertise: String?
    @Option(help: "Peers to call on first, host:port with commas. Dead, wrong or own addresses do no harm.")
    var seeds: String?
    @Option(help: "Where the node stands; copies of a slot go to different zones. (default: default)")
    var zone: String?
    @Option(help: "Event loops, each with a share of the node's slots. (default: 1)")
    var loops: String?
    @Option(help: "Free bytes below which new messages are refused. (default: 5 % of the disk, at least 1 GiB)")
    var freeBytesMin: String?
    @Option(help: "Messages that one device may send a second; 0 for no limit. (default: 2000)")
    var sendsPerSecond: String?
    @Option(help: "The same for all devices of an account. (default: 4000)")
    var accountSendsPerSecond: String?
    @Option(help: "People that one account may look up a minute; 0 for no limit. (default: 10)")
    var lookupsPerMinute: String?
    @Option(help: "Passwords that may be tried a minute for one name from one address; 0 for no limit. (default: 10)")
    var loginsPerMinute: String?
    @Option(help: "Accounts that may be made a minute from one address; 0 for no limit. (default: 10)")
    var accountsPerMinute: String?
    @Option(help: "Groups that one account may make a minute; 0 for no limit. (default: 5)")
    var groupsPerMinute: String?
    @Option(help: "Minutes for which what was sent may be edited; 0 for never. (default: 15)")
    var editMinutes: String?
    @Option(help: "Minutes for which it may be taken back; 0 for never. (default: 2880)")
    var deletionMinutes: String?
    @Option(help: "Most members of a group, 2 to 1024. (default: 1024)")
    var groupMembers: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?
    @Option(help: "A JSON file with any of these settings.")
    var config: String?

    func run() async throws {
        var flags: [String: String] = [:]
        flags["name"] = name
        flags["data"] = data
        flags["listen"] = listen
        flags["peer-listen"] = peerListen
        flags["advertise"] = advertise
        flags["client-advertise"] = clientAdvertise
        flags["seeds"] = seeds
        flags["zone"] = zone
        flags["loops"] = loops
        flags["free-bytes-min"] = freeBytesMin
        flags["log-level"] = logLevel
        flags["sends-per-second"] = sendsPerSecond
        flags["account-sends-per-second"] = accountSendsPerSecond
        flags["lookups-per-minute"] = lookupsPerMinute
        flags["logins-per-minute"] = loginsPerMinute
        flags["accounts-per-minute"] = accountsPerMinute
        flags["groups-per-minute"] = groupsPerMinute
        flags["edit-minutes"] = editMinutes
        flags["deletion-minutes"] = deletionMinutes
        flags["group-members"] = groupMembers
        try await NodeServer(settings: try await NodeSettings.read(flags: flags, file: config)).run()
    }
}
