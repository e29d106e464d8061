import ArgumentParser

/// Where a report goes besides the screen.
struct OutputOptions: ParsableArguments {
    @Option(help: "Write the report as JSON to this file.")
    var json: String?

    @Option(help: "Write the report as one HTML page with plots to this file.")
    var html: String?

    @Flag(help: "Keep the run in bench/results, from which the README's table is made.")
    var save = false

    /// Shows a report and writes it where it is wanted.
    func show(_ report: some KeptReport) throws {
        print(report.text)
        if let json { try report.write(to: json) }
        if let html { try report.page.write(to: html) }
        if save { print("kept in \(try ResultsFolder().save(report))") }
    }
}
