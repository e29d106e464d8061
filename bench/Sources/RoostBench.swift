import ArgumentParser

/// The load generator.
@main
struct RoostBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost-bench",
        abstract: "Puts load on a running cluster, or on a bare relay to compare with, and reports what it took.",
        discussion: """
            pairs   P senders and P receivers over real sockets. A message is done when its `delivered` receipt is back
                    at the sender, which then sends the next: with W messages on their way per pair, the rate is what
                    the cluster can do and the latency is what a user would wait.
            floor   The same load on a relay in a process of its own that keeps nothing: what sockets, WebSocket and
                    protobuf cost by themselves.
            group   One group of many members, some of whom write: whether each gets everything once and in the one order,
                    also when a node is killed half-way, and what a delivery costs.
            offline Users who are away: their queues are filled and drained, nodes restarted with the queues full, and the log
                    watched as it shrinks.
            sweep   Messages that come at a rate of their own, up to what the servers keep up with and to twice that:
                    latency against load.
            mixed   A day of a chat product in seconds: people, groups, typing, presence, receipts, coming and going.
            chaos, rebalance
                    The same while nodes are killed and come back, while one joins and leaves.
            storm   A node dies and all its clients come to the others at once.
            scale   The load of `pairs` on clusters of several sizes, made for it and taken away again.
            idle    Many authenticated sockets that say nothing: what one costs the node in memory.

            peer    The same load as `pairs` on a server of another kind, or on a relay that runs already: ./bench/compare
                    starts them and compares.
            peer-idle
                    The same as `idle` there.

            table   The README's table of numbers, made from the runs that were kept with --save.

            CPU and memory of the server processes are read from /proc, so "server CPU µs per message" holds on a busy
            machine too; the rate does not, because the generator shares the cores.

            ./bench/run pairs --nodes http://127.0.0.1:7400 --pairs 200 --window 8 --bytes 200 --seconds 10
            """,
        subcommands: [
            PairsCommand.self, FloorCommand.self, GroupCommand.self, OfflineCommand.self, SweepCommand.self,
            MixedCommand.self, ChaosCommand.self, RebalanceCommand.self, StormCommand.self, IdleCommand.self,
            ScaleCommand.self, PeerCommand.self, PeerIdleCommand.self, ComparisonCommand.self, TableCommand.self,
            RelayCommand.self, StormSocketsCommand.self,
        ])
}

/// A sentence for the person at the keyboard, and exit code 1.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
