import NIOCore

/// One value on each of some event loops, asked from outside. Everything that a value does happens on its loop.
struct LoopSet<Value>: Sendable {
    let loops: [any EventLoop]
    private let values: [NIOLoopBound<Value>]

    /// Makes a value on each loop.
    init(_ loops: [any EventLoop], make: @escaping @Sendable (any EventLoop) -> Value) async throws {
        self.loops = loops
        var values: [NIOLoopBound<Value>] = []
        for loop in loops {
            values.append(try await loop.submit { NIOLoopBound(make(loop), eventLoop: loop) }.get())
        }
        self.values = values
    }

    var count: Int { loops.count }

    /// Runs `body` on each loop, one after the other.
    func each(_ body: @escaping @Sendable (Value) -> Void) async throws {
        _ = try await collect(body)
    }

    /// What `body` answers on each loop.
    func collect<Answer: Sendable>(_ body: @escaping @Sendable (Value) -> Answer) async throws -> [Answer] {
        var answers: [Answer] = []
        for index in values.indices { answers.append(try await at(index, body)) }
        return answers
    }

    /// What `body` answers on one loop.
    func at<Answer: Sendable>(_ index: Int, _ body: @escaping @Sendable (Value) -> Answer) async throws -> Answer {
        let value = values[index]
        return try await loops[index].submit { body(value.value) }.get()
    }

    func sum(_ body: @escaping @Sendable (Value) -> Int) async throws -> Int {
        try await collect(body).reduce(0, +)
    }
}
