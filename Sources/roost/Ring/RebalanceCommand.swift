import ArgumentParser
import RoostClient
import RoostOperator

/// `roost rebalance`
struct RebalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebalance", abstract: "Watch a move of slots, hold it, slow it down, call it off.",
        discussion: """
            Copies of slots move when nodes are added, removed, replaced or forgotten. Any node tells how far a move is, \
            whoever began it. Without a subcommand this watches until all have arrived.
            """,
        subcommands: [Show.self, Limit.self, Pause.self, Resume.self, Abort.self], defaultSubcommand: Show.self)

    /// `roost rebalance show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Watch until all copies have arrived; Ctrl-C stops only the watching.")

        @OptionGroup var node: NodeOption
        @Flag(help: "Say how far it is, and end.")
        var once = false
        @Flag(help: "One JSON object a line.")
        var json = false

        func run() async throws {
            var link = ClusterLink(try NodeAddress(node.node))
            let progress = try await link.get("/admin/v1/ring/progress", as: MoveProgress.self)
            var view = MoveView()
            view.note(progress, atSeconds: 0)
            if once || progress.isAtRest { return try show(view, progress) }
            if !json, !progress.comingAndGoing.isEmpty { Output.line(progress.comingAndGoing) }
            link.learn(try await link.get("/admin/v1/status", as: [NodeReport].self))
            let last = try await MoveWatch(isJSON: json, suffix: node.suffix).run(link) { $0.isAtRest ? $0 : nil }
            view.note(last, atSeconds: 0)
            try show(view, last)
        }

        private func show(_ view: MoveView, _ progress: MoveProgress) throws {
            if json {
                if let report = ProgressReport(view) { Output.line(try JSONLine.text("progress", report)) }
            } else if progress.isAtRest {
                Output.line("Nothing moves: every node has its share (epoch \(progress.epoch)).")
            } else {
                let who = progress.comingAndGoing
                Output.line(who.isEmpty ? view.line() : "\(who): \(view.line())")
            }
        }
    }

    /// `roost rebalance limit`
    struct Limit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "limit", abstract: "Let each node take in so many bytes a second at most.",
            discussion: "An amount looks like 50M or 1.5G. `none` takes the limit off. It holds for later moves too.")

        @Argument(help: "Bytes a second, or none.")
        var amount: String
        @OptionGroup var node: NodeOption
        @OptionGroup var options: SettingOptions

        func run() async throws {
            try await options.change(.limit(try ByteCount.parse(amount)), node)
        }
    }

    /// `roost rebalance pause`
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause", abstract: "Let nothing more begin to move. What is on its way arrives.")

        @OptionGroup var node: NodeOption
        @OptionGroup var options: SettingOptions

        func run() async throws {
            try await options.change(.pause, node)
        }
    }

    /// `roost rebalance resume`
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "resume", abstract: "Go on after a pause.")

        @OptionGroup var node: NodeOption
        @OptionGroup var options: SettingOptions

        func run() async throws {
            try await options.change(.resume, node)
        }
    }

    /// `roost rebalance abort`
    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "abort", abstract: "Call the move off: who was coming goes, who was leaving stays.",
            discussion: "What has moved already moves back. Nothing is lost by it.")

        @OptionGroup var node: NodeOption
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await RingChanger(node: node, options: options).run(.abort)
        }
    }
}

/// What the commands take that move nothing, and so have no plan and nothing to ask.
struct SettingOptions: ParsableArguments {
    @Flag(help: "One JSON object a line.")
    var json = false

    func change(_ verb: RingVerb, _ node: NodeOption) async throws {
        var options = ChangeOptions()
        options.yes = true
        options.detach = true
        options.json = json
        try await RingChanger(node: node, options: options).run(verb)
    }
}
