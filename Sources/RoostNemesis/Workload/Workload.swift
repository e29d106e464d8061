import NIOCore
import NIOPosix
import RoostClient
import RoostCore

/// The workload as a run sees it: it lives on an event loop of its own, and is asked from outside.
struct Workload: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let state: NIOLoopBound<WorkloadState>

    /// Connects nobody yet: the clients come online by themselves once it has been started.
    static func make(
        _ options: WorkloadOptions, nodes: [NodeAddress], users: [Credentials], seed: UInt64
    ) async throws -> Workload {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let state = try await loop.submit {
            NIOLoopBound(
                WorkloadState(eventLoop: loop, options: options, nodes: nodes, users: users, seed: seed),
                eventLoop: loop)
        }.get()
        return Workload(group: group, loop: loop, state: state)
    }

    func start() async throws {
        let state = state
        try await onLoop { workload in
            workload.eventLoop.scheduleRepeatedTask(
                initialDelay: .zero, delay: .milliseconds(WorkloadState.tickMilliseconds)
            ) { _ in state.value.tick() }
            workload.setComposing(true)
        }
    }

    /// Nothing new is composed; retries and deliveries go on.
    func stopComposing() async throws { try await onLoop { $0.setComposing(false) } }

    func open() async throws { try await onLoop { $0.open() } }

    func reading() async throws -> WorkloadReading { try await onLoop { $0.reading() } }

    func totals() async throws -> WorkloadTotals { try await onLoop { $0.totals } }

    func finalTotals() async throws -> WorkloadTotals { try await onLoop { $0.finalTotals() } }

    func isDrained() async throws -> Bool { try await onLoop { $0.isDrained } }

    func onlineCount() async throws -> Int { try await onLoop { $0.clients.count { $0.isOnline } } }

    /// The node that a user is connected to.
    func node(of index: Int) async throws -> NodeAddress? { try await onLoop { $0.clients[index].node } }

    func setNodes(_ nodes: [NodeAddress]) async throws { try await onLoop { $0.nodes = nodes } }

    /// The length of what is composed from here on; nil for what the options say.
    func setBytes(_ count: Int?) async throws { try await onLoop { $0.bytes = count ?? $0.options.bytes } }

    func hold(_ users: [Int]) async throws {
        try await onLoop { workload in for user in users { workload.clients[user].hold(workload.now) } }
    }

    func letGo(_ users: [Int]) async throws {
        try await onLoop { workload in for user in users { workload.clients[user].letGo(workload.now) } }
    }

    /// Every client goes back to the node it began with.
    func goHome() async throws {
        try await onLoop { workload in for client in workload.clients { client.goHome(workload.now) } }
    }

    func cut(_ users: [Int]) async throws {
        try await onLoop { workload in for user in users { workload.clients[user].cut() } }
    }

    func end() async throws {
        try await group.shutdownGracefully()
    }

    private func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (WorkloadState) -> Value
    ) async throws -> Value {
        let state = state
        return try await loop.submit { body(state.value) }.get()
    }
}
