import ArgumentParser

/// The shape of `scale`.
struct ScaleOptions: ParsableArguments {
    @Option(help: "Sizes of the clusters, with commas between them.")
    var sizes = "1,3,5,7"

    @Option(help: "First port of the clusters that are made for this.")
    var port = 9400

    @Option(help: "Directory for the data of the clusters; it is removed at the end.")
    var directory = "bench/.run/scale"

    /// The sizes as numbers.
    func nodeCounts() throws -> [Int] {
        let counts = try sizes.split(separator: ",").map { text in
            guard let count = Int(text), (1...50).contains(count) else {
                throw ValidationError("--sizes: “\(text)” is not a number from 1 to 50")
            }
            return count
        }
        guard !counts.isEmpty else { throw ValidationError("--sizes names no size") }
        return counts
    }
}
