import ArgumentParser
import Foundation

struct TableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Makes the README's table of numbers from the newest results that are kept.",
        discussion: """
            Runs are kept with --save. Of those with the same shape the newest stands in the table, between the lines \
            <!-- results --> and <!-- /results --> of the page.
            """)

    @Option(help: "The page.")
    var page = ProcessInfo.processInfo.environment["ROOST_BENCH_README"] ?? "README.md"

    @Flag(help: "Put the table into the page; otherwise it is printed.")
    var write = false

    @Flag(help: "Fail when the page has another table.")
    var check = false

    private static let begin = "<!-- results -->\n"
    private static let end = "<!-- /results -->"

    func run() async throws {
        let scenarios = RoostBench.configuration.subcommands.map { $0.configuration.commandName ?? "" }
        let table = TableCommand.table(of: try ResultsFolder().newest(scenarios: scenarios))
        guard write || check else { return print(table) }
        let text = try ServerProcess.text(page)
        guard let begin = text.firstRange(of: TableCommand.begin), let end = text.firstRange(of: TableCommand.end),
            begin.upperBound <= end.lowerBound
        else { throw BenchFailure("\(page) has no \(TableCommand.begin)and \(TableCommand.end)") }
        let wanted = String(text[..<begin.upperBound]) + table + String(text[end.lowerBound...])
        if check, wanted != text {
            throw BenchFailure(
                "the table in \(page) is not the one that ./bench/run table makes: ./bench/run table --write")
        }
        if write { try Data(wanted.utf8).write(to: URL(fileURLWithPath: page)) }
    }

    /// Nothing, where no run is kept.
    private static func table(of runs: [SavedRun]) -> String {
        guard !runs.isEmpty else { return "" }
        var lines = ["| what | result | run |", "|---|---|---|"]
        for run in runs {
            let of = [String(run.finishedAt.prefix(10)), run.commit].compactMap { $0 }.joined(separator: ", ")
            lines.append("| \(run.row.what) | \(run.row.result) | \(of) |")
        }
        let machines = Set(runs.map { "\($0.machine.cores) cores of \($0.machine.cpu)" }).sorted()
        return lines.joined(separator: "\n") + "\n\nOn " + machines.joined(separator: "; ")
            + ". The commands stand in `bench/results`.\n"
    }
}
