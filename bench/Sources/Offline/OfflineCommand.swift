import ArgumentParser
import RoostClient

struct OfflineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offline", abstract: "Users who are away: fill their queues, then let them come back.",
        discussion: """
            Writers send to users of whom no device is connected; then all come back at once and read, each as fast as its \
            window of unacknowledged messages lets it. Reported are both rates, server CPU, bytes of log and of memory for \
            a pending message, and how the data shrinks afterwards. With --restart, on nodes of ./cluster/up, each node is \
            killed and started while the queues are full, and the time until it takes clients again is reported.

            A node takes 2,000 messages a second of one device unless told otherwise. To fill faster than that for each \
            writer: ROOST_SENDS_PER_SECOND=0 ROOST_ACCOUNT_SENDS_PER_SECOND=0 ./cluster/up

            One user with as many messages as a queue takes:
            ./bench/run offline --nodes URL --users 1 --messages 100000 --writers 10 --fan-in 10
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var offline: OfflineOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let nodes = try cluster.addresses()
        try OpenFiles.require(offline.users + offline.writers)
        try await cluster.checkNodes()
        let servers = try cluster.servers()
        try OpenFiles.warn(about: servers, sockets: offline.users, nodes: nodes.count)
        let devices = try await AccountPool(nodes: nodes, path: cluster.credentials)
            .devices(offline.users + offline.writers)
        let report = try await OfflineRun(
            options: offline, cluster: cluster, nodes: nodes, users: Array(devices.prefix(offline.users)),
            writers: Array(devices.suffix(offline.writers))
        ).run()
        try output.show(report)
        guard report.isFaultless else {
            throw BenchFailure("messages were lost, came twice, out of order or damaged: see above")
        }
    }
}
