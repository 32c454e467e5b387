import type { CommandModule } from 'yargs';
import { defaultCodecs, defaultPictures, reportFormats } from '../../../reports/defaults.ts';
import { jsonOption, numberOption, quietOption } from '../options.ts';

export interface ReportArgs {
  readonly dir?: string;
  readonly codecs: string;
  readonly out: string;
  readonly rows?: string;
  readonly name?: string;
  readonly format: string;
  readonly anchor?: string;
  readonly published: boolean;
  readonly pictures?: number;
  readonly rates: string;
  readonly qualities?: string;
  readonly jobs?: number;
  readonly timeout?: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `nic report DIR`, `nic report --rows FOLDER` */
export const reportCommand: CommandModule<object, ReportArgs> = {
  command: 'report [dir]',
  describe: 'Compare codecs over a folder of pictures',
  builder: (yargs) =>
    yargs
      .positional('dir', {
        type: 'string',
        describe: 'Folder of pictures; without it the report is drawn from stored rows',
      })
      .options({
        codecs: {
          type: 'string',
          requiresArg: true,
          default: defaultCodecs,
          describe: 'Codecs with their options, for example nic,mozjpeg,avif:effort=4',
        },
        out: {
          type: 'string',
          alias: 'o',
          requiresArg: true,
          default: 'report',
          describe: 'Folder for the report and its rows; an earlier report in it is drawn anew',
        },
        rows: {
          type: 'string',
          requiresArg: true,
          describe: 'Folder for the rows [default: OUT/results/NAME]',
        },
        name: {
          type: 'string',
          requiresArg: true,
          describe: 'Name of the data set [default: name of DIR]',
        },
        format: {
          type: 'string',
          requiresArg: true,
          default: 'html',
          describe: `What to write: ${reportFormats.join(', ')}, or several with commas`,
        },
        anchor: {
          type: 'string',
          requiresArg: true,
          describe: 'Codec to compare against [default: mozjpeg]',
        },
        published: {
          type: 'boolean',
          default: true,
          describe: 'Show published curves where the data set has some',
        },
        pictures: numberOption('pictures', 0, 1000, {
          integer: true,
          describe: `Pictures in the viewer of the page [default: ${defaultPictures}]`,
        }),
        rates: {
          type: 'string',
          requiresArg: true,
          default: '0.2',
          describe: 'Rates of those pictures, in bits a pixel',
        },
        qualities: {
          type: 'string',
          requiresArg: true,
          describe: 'Qualities for every codec in place of its own',
        },
        jobs: numberOption('jobs', 1, 256, {
          alias: 'j',
          integer: true,
          describe: 'Pictures at a time, one process each [default: 1]',
        }),
        timeout: numberOption('timeout', 1, 86_400, {
          describe: 'Seconds after which a point is a failure [default: 600]',
        }),
        json: jsonOption,
        quiet: quietOption,
      })
      .example('$0 report photos', 'all codecs; open report/report.html')
      .example('$0 report photos --codecs nic,webp,avif:effort=4', 'some codecs')
      .example('$0 report --rows report/results/photos --format csv,md', 'from stored rows'),
  async handler(args) {
    // The harness is loaded for this command only: the others start faster without it.
    const { runReport } = await import('../run-report.ts');
    await runReport(args);
  },
};
